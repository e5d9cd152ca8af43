import { log } from '@temporalio/activity';
import type { PolicyVersions } from '../../src/config/policy-versions.ts';
import { type Alert, compareSeverity } from '../../src/domain/alert.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import { alsoFedBy, type ComponentPolicy, pipelinesOf } from '../../src/domain/policy/components.ts';
import { type PollRecord, pollRecordKey, recordPoll } from '../../src/domain/poll-record.ts';
import { toAlertInput } from '../../src/domain/triggers/alert.ts';
import { type Episode, nextState, stateKey, unsent } from '../../src/domain/triggers/episodes.ts';
import {
  holdBack,
  pipelineKeys,
  type ToldFault,
  tellersOf,
  toldFaults,
} from '../../src/domain/triggers/shared-pipelines.ts';
import type { Store } from '../../src/store/port.ts';
import type { MonitorActivities, RaiseRequest } from '../../workflows/contracts/monitor.ts';
import { monitoringOf } from './monitoring.ts';

/** Hands accepted alerts to the incidents they belong to; resolves once Temporal has them. */
export interface AlertIntake {
  deliver(alerts: Alert[]): Promise<void>;
}

export interface RaiseDeps {
  store: Pick<Store, 'monitorState' | 'saveMonitorState' | 'acceptAlert' | 'document' | 'putDocument'>;
  intake: AlertIntake;
  policies: Pick<PolicyVersions, 'current'>;
  now: () => Date;
}

type Found = RaiseRequest['found'][number];

/**
 * `raise_alerts`: one poll's step of the alarm logic, component by component; one whose alerts cannot be delivered holds back
 * no other's. At last it is kept that the poll took place.
 */
export function raiseAlerts(deps: RaiseDeps): MonitorActivities['raise_alerts'] {
  return async (request) => {
    const sent: string[] = [];
    const errors: unknown[] = [];
    for (const found of request.found) {
      try {
        sent.push(...(await raise(deps, request, found)));
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
    const key = pollRecordKey(request.group);
    await deps.store.putDocument(key, recordPoll(await deps.store.document<PollRecord>(key), request));
    return sent;
  };
}

/**
 * Alerts of a component (new, repeated, resolved) are accepted by the store and delivered in one batch, the worst first, and
 * only then is it kept that they were. A crash or a failed delivery in between has them sent again, by the retry or the next
 * poll, under the same source keys, hence the same ids: none is lost or doubled. Answers the ids that were sent.
 */
async function raise(deps: RaiseDeps, request: RaiseRequest, found: Found): Promise<string[]> {
  const { component } = found;
  const policy = deps.policies.current();
  const { poll } = policy;
  // The policy changed while the poll was under way: nobody watches it any more.
  if (!policy.components[component]) return [];
  const before = await deps.store.monitorState(component);
  const measurements = [...found.measurements, ...monitoringOf(component, request, before)];
  const options = { for: poll.for, repeatEvery: poll.repeat_every };
  const told = await faultsToldElsewhere(deps, policy, component);
  const step = holdBack(before, nextState(before, measurements, options), told);
  if (step.raise.length + step.clear.length === 0) {
    await save(deps, component, before, step.state);
    return [];
  }
  await save(deps, component, before, unsent(before, step));
  const firing = await accept(deps, policy, found, step.raise, 'firing');
  firing.sort((a, b) => compareSeverity(b.severity, a.severity));
  const alerts = [...firing, ...(await accept(deps, policy, found, step.clear, 'resolved'))];
  await deps.intake.deliver(alerts);
  log.info('alerts sent', {
    component,
    alerts: alerts.map((alert) => `${alert.alert_id} ${alert.status} ${alert.fingerprint}`),
  });
  await deps.store.saveMonitorState(component, step.state);
  return alerts.map((alert) => alert.alert_id);
}

/** What the alerts of components before this one in the policy tell of pipelines that feed it, too. */
async function faultsToldElsewhere(
  { store }: RaiseDeps,
  policy: Pick<ComponentPolicy, 'components'>,
  component: string,
): Promise<ToldFault[]> {
  const told: ToldFault[] = [];
  for (const { pipeline, teller } of tellersOf(policy, component))
    told.push(...toldFaults(pipeline, await store.monitorState(teller)));
  return told;
}

/** The other components that a measured pipeline feeds. */
function othersFedBy(
  policy: Pick<ComponentPolicy, 'components'>,
  component: string,
  measurement: Measurement,
): string[] {
  const key = stateKey(measurement);
  const pipeline = pipelinesOf(policy, component).find(({ name }) => pipelineKeys(name).includes(key));
  return pipeline ? alsoFedBy(policy, pipeline.name, component) : [];
}

/** Most polls change nothing, and a group may be large. */
async function save(
  deps: RaiseDeps,
  component: string,
  before: Awaited<ReturnType<Store['monitorState']>>,
  state: typeof before,
): Promise<void> {
  if (JSON.stringify(state) === JSON.stringify(before)) return;
  await deps.store.saveMonitorState(component, state);
}

/** One after the other, so that ids rise in the order of the measurements. */
async function accept(
  deps: RaiseDeps,
  policy: Pick<ComponentPolicy, 'components'>,
  { component, activeVersion, headlines }: Found,
  episodes: Episode[],
  status: 'firing' | 'resolved',
): Promise<Alert[]> {
  const alerts: Alert[] = [];
  for (const { measurement, since } of episodes) {
    const now = deps.now();
    const input = toAlertInput(measurement, component, activeVersion, now, {
      since,
      status,
      ...(headlines && { headlines }),
      alsoFeeds: othersFedBy(policy, component, measurement),
    });
    alerts.push(await deps.store.acceptAlert(input, now, measurement));
  }
  return alerts;
}
