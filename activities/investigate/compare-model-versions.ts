import { cancellationSignal } from '@temporalio/activity';
import { lastTakeover, previousVersion } from '../../src/domain/deployment-history.ts';
import { evidenceId } from '../../src/domain/evidence-id.ts';
import type { TimeWindow } from '../../src/domain/measurement.ts';
import type { Deployment, ModelRecord } from '../../src/domain/platform.ts';
import { windowOf } from '../../src/domain/policy/policy.ts';
import { f1Of } from '../../src/domain/stats/interval.ts';
import { fixed } from '../../src/domain/text.ts';
import type { VersionFacts } from '../../src/reasoning/facts.ts';
import type { InvestigateActivities, InvestigateRequest } from '../../workflows/contracts/investigate.ts';
import { permanentErrorsFail } from '../permanent.ts';
import { type InvestigateDeps, keep, short } from './deps.ts';

const DAY = 86_400_000;
/** The newest versions shown; the active one and that before it always are. */
const MAX_VERSIONS = 4;
const MAX_DEPLOYMENTS = 20;

/** When a version last took the traffic: from its last deployment to the next one. Null when it never did. */
function lastService(version: string, deployments: readonly Deployment[], now: string): TimeWindow | null {
  const index = deployments.findLastIndex((d) => d.to === version);
  if (index < 0) return null;
  return {
    from: deployments[index]!.at,
    to: deployments.slice(index + 1).find((d) => d.to !== version)?.at ?? now,
  };
}

/** The active version is judged by the policy's window, an earlier one by the last day it served. */
function judged(service: TimeWindow, activeMs: number | null): TimeWindow {
  const from = Date.parse(service.to) - (activeMs ?? DAY);
  return { from: new Date(Math.max(from, Date.parse(service.from))).toISOString(), to: service.to };
}

/** The day before the active version last took the traffic, where it had it before: how it did then. */
function earlierService(active: string, deployments: readonly Deployment[]): TimeWindow | null {
  const took = lastTakeover(deployments, active);
  if (!took || !deployments.some((d) => d.to === active && d.at < took.at)) return null;
  return { from: new Date(Date.parse(took.at) - DAY).toISOString(), to: took.at };
}

function versionsToCompare({ versions, active_version, deployments }: ModelRecord) {
  const newest = versions.slice(-MAX_VERSIONS);
  const before = previousVersion(deployments, active_version);
  return versions.filter((v) => newest.includes(v) || v.version === active_version || v.version === before);
}

/**
 * Tool `compare_model_versions`: versions, training data and deployments as the platform tells them, and F1 of each
 * version over its own labelled rows as the warehouse shows it. Only reads; safe to retry.
 */
export function compareModelVersions(deps: InvestigateDeps): InvestigateActivities['compare_model_versions'] {
  const { warehouse, models, store, policies, now } = deps;
  return ({ incidentId, component, round, policy: policyVersion }: InvestigateRequest) =>
    permanentErrorsFail(async () => {
      const signal = cancellationSignal();
      const at = now().toISOString();
      const policy = await policies.at(policyVersion);
      const asked = { components: [component], until: at };
      const { record } = await models.find(policy, component, asked);
      const { deployments } = record;
      const versions = versionsToCompare(record);
      const scoresOf = async (version: string, window: TimeWindow) => {
        const scope = { model: record.model, version, window };
        const { tp, fp, fn, latency_p99_ms } = (await warehouse.predictionOutcomes(scope, signal)).value;
        const f1 = tp + fn > 0 ? f1Of({ tp, fp, fn })!.f1 : null;
        return { f1, positives: tp + fn, latency_p99_ms, window };
      };
      const before = earlierService(record.active_version, deployments);
      const earlier = before && (await scoresOf(record.active_version, before));
      const recent_f1 = await Promise.all(
        versions.map(async ({ version }) => {
          const service = lastService(version, deployments, at);
          if (!service) {
            const window = { from: at, to: at };
            return { version, f1: null, positives: 0, latency_p99_ms: null, window };
          }
          const window = judged(
            service,
            version === record.active_version ? windowOf(policy, component) : null,
          );
          return { version, ...(await scoresOf(version, window)) };
        }),
      );
      const facts: VersionFacts = {
        kind: 'versions',
        active: record.active_version,
        versions,
        deployments: deployments.slice(-MAX_DEPLOYMENTS),
        earlier: earlier && { f1: earlier.f1, positives: earlier.positives, window: earlier.window },
        recent_f1,
      };
      const last = deployments.at(-1);
      const f1 = recent_f1.map((r) => `${r.version} F1 ${r.f1 === null ? 'unknown' : fixed(r.f1, 3)}`);
      return keep(store, {
        id: evidenceId('compare_model_versions', incidentId, round, record.model),
        incident_id: incidentId,
        tool: 'compare_model_versions',
        system: `model platform and ${warehouse.system}`,
        asked: `versions and deployments of ${record.model}; outcomes of ${versions.map((v) => v.version).join(', ')}`,
        at,
        summary: short(
          `${record.active_version} is live${last ? ` (last ${last.kind} ${last.at})` : ''}; ${f1.join(', ')}`,
        ),
        facts,
      });
    });
}
