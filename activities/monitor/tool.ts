import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { Evidence, EvidenceRef } from '../../src/domain/evidence.ts';
import { evidenceId } from '../../src/domain/evidence-id.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import type { Facts } from '../../src/reasoning/facts.ts';
import type {
  CheckAnswers,
  CheckRequest,
  CheckResult,
  ComponentCheck,
} from '../../workflows/contracts/monitor.ts';
import { permanentErrorsFail } from '../permanent.ts';
import { type MonitorDeps, type Round, type Subject, subjectOf } from './context.ts';
import { openRound } from './round.ts';
import { forPoll } from './slim.ts';

/** What an incident keeps of a measurement. */
type Found = Pick<Evidence, 'system' | 'asked' | 'window' | 'summary' | 'cut'> & { facts: Facts };

/** What a tool found: its measurements, and what an incident keeps of them, the main item first. */
export interface Finding {
  measurements: Measurement[];
  evidence: [main: Found, ...others: Found[]];
}

type Measure = (
  round: Round,
  subject: Subject,
  request: ComponentCheck,
  signal: AbortSignal,
) => Promise<Finding>;

type Outcome = CheckResult | { error: unknown };

const SUMMARY = 300;
/** A source that takes longer hangs. Less than the attempt has, so that it is this that says so, and stops the statement. */
const GIVE_UP_AFTER = 45_000;
/** A poll's attempt that failed after longer than this is not repeated: the next poll asks again, and people are to hear of it. */
const SLOW = 10_000;
/** Components of one call that are measured at a time: the warehouse has other users. */
const AT_A_TIME = 8;

/**
 * Makes an activity of a measurement: for each component it resolves the subject, measures, and keeps the whole answer as
 * evidence when the request belongs to an incident. Equal questions of the components are asked once. Reads only, so it is
 * safe to retry; a retry within a round keeps the first evidence. A component that cannot be measured is answered with its
 * failure; one that failed for a passing reason is tried once more first. What hangs is given up after 45 s.
 * @throws when no component could be measured; ApplicationFailure, not retryable, where trying again is no use for any, or
 * this is a poll and took long already
 */
export function measuringTool(
  tool: string,
  deps: MonitorDeps,
  measure: Measure,
): (request: CheckRequest) => Promise<CheckAnswers> {
  async function check(round: Round, request: ComponentCheck, signal: AbortSignal): Promise<CheckResult> {
    const subject = await subjectOf(round, request);
    const { measurements, evidence } = await measure(round, subject, request, signal);
    return {
      ...(await slim(measurements, request)),
      evidence: await keep(tool, round, request, evidence),
      activeVersion: subject.activeVersion,
    };
  }

  async function slim(
    measurements: Measurement[],
    { component, polled }: ComponentCheck,
  ): Promise<ReturnType<typeof forPoll>> {
    // An incident's evidence has the statement.
    if (!polled) return { measurements: measurements.map((measurement) => ({ ...measurement, query: '' })) };
    return forPoll(measurements, await deps.store.monitorState(component));
  }

  async function checkAll({ components, ...about }: CheckRequest, signal: AbortSignal) {
    const policy = await deps.policies.at(about.policy);
    const round = openRound(deps, policy, { ...about, components });
    const outcomes: [string, Outcome][] = [];
    const waiting = [...components];
    const worker = async () => {
      for (let component = waiting.shift(); component !== undefined; component = waiting.shift()) {
        const request = { ...about, component };
        const outcome = await permanentErrorsFail(() => check(round, request, signal)).catch(
          (error: unknown) => ({ error }),
        );
        outcomes.push([component, outcome]);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
    cancellationSignal().throwIfAborted();
    return outcomes;
  }

  async function answer(request: CheckRequest, signal: AbortSignal): Promise<CheckAnswers> {
    const outcomes = new Map(await checkAll(request, signal));
    const failed = [...outcomes].flatMap(([component, outcome]) =>
      'error' in outcome ? [{ component, error: outcome.error }] : [],
    );
    const passing = failed.filter(({ error }) => !isPermanent(error));
    if (failed.length === outcomes.size) throw (passing[0] ?? failed[0])?.error;
    if (passing.length > 0 && !signal.aborted) {
      const again = { ...request, components: passing.map(({ component }) => component) };
      for (const [component, outcome] of await checkAll(again, signal)) outcomes.set(component, outcome);
    }
    return Object.fromEntries(request.components.map((name) => [name, answerOf(outcomes.get(name)!)]));
  }

  return async (request) => {
    const began = performance.now();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error('it took too long')), GIVE_UP_AFTER);
    try {
      return await answer(request, AbortSignal.any([cancellationSignal(), late.signal]));
    } catch (error) {
      if (!request.polled || isPermanent(error) || performance.now() - began < SLOW) throw error;
      const { message, type } = failureOf(error);
      const after = late.signal.aborted ? `given up after ${GIVE_UP_AFTER / 1_000} s: ` : '';
      throw ApplicationFailure.nonRetryable(`${after}${message}`, type);
    } finally {
      clearTimeout(timer);
    }
  };

  function answerOf(outcome: Outcome): CheckAnswers[string] {
    return 'error' in outcome ? { failure: failureOf(outcome.error) } : outcome;
  }
}

function isPermanent(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.nonRetryable === true;
}

function failureOf(error: unknown): { message: string; type?: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const type = error instanceof ApplicationFailure ? error.type : error.name;
  return { message: error.message, ...(type && { type }) };
}

async function keep(
  tool: string,
  { store, now }: Round,
  request: ComponentCheck,
  evidence: Finding['evidence'],
): Promise<EvidenceRef[]> {
  if (request.incidentId === undefined) return [];
  const refs: EvidenceRef[] = [];
  for (const [i, found] of evidence.entries()) {
    const id = evidenceId(tool, request.incidentId, request.round ?? '', [
      request.component,
      request.version ?? null,
      request.since ?? null,
      ...(i > 0 ? [i] : []),
    ]);
    const summary =
      found.summary.length <= SUMMARY ? found.summary : `${found.summary.slice(0, SUMMARY - 1)}…`;
    await store.saveEvidence({
      ...found,
      id,
      tool,
      summary,
      incident_id: request.incidentId,
      at: now.toISOString(),
    });
    refs.push({ id, tool, summary });
  }
  return refs;
}
