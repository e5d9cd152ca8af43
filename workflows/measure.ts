import { ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import type { EvidenceRef } from '../src/domain/evidence.ts';
import type { Measurement } from '../src/domain/measurement.ts';
import { MEASURING_TOOLS, type MeasuringTool } from '../src/domain/tools.ts';
import { activities, polling } from './activities.ts';
import { now } from './clock.ts';
import type {
  CheckAnswers,
  CheckFailure,
  CheckRequest,
  ComponentCheck,
  MonitorActivities,
} from './contracts/monitor.ts';

/** Milliseconds; with all its attempts a tool takes less. What took longer was held up: no worker was there. */
const HELD_UP = 2 * 60_000;

/** What the measuring tools found of one component together. */
export interface Measured {
  measurements: Measurement[];
  headlines: Record<string, number>;
  evidence: EvidenceRef[];
  /** Null when the platform did not say. */
  activeVersion: string | null;
  /** Tools that gave up: a broken source does not silence the others. */
  failures: ({ tool: MeasuringTool } & CheckFailure)[];
}

/**
 * Measures components with the given tools in parallel, all over windows that end at one moment. Answers by component; one
 * that no tool could measure has as many failures as there are tools.
 * @param ask the activities to call: those of a poll give up sooner
 */
export async function measureAll(
  request: CheckRequest,
  tools: readonly MeasuringTool[] = MEASURING_TOOLS,
  ask: Pick<MonitorActivities, MeasuringTool> = activities,
): Promise<Map<string, Measured>> {
  const about: CheckRequest = { until: now().toISOString(), ...request };
  const answers = await Promise.all(
    tools.map(async (tool): Promise<{ tool: MeasuringTool; answers: CheckAnswers }> => {
      try {
        return { tool, answers: await ask[tool](about) };
      } catch (error) {
        if (isCancellation(error)) throw error;
        const failure = reasonOf(error);
        return { tool, answers: Object.fromEntries(request.components.map((name) => [name, { failure }])) };
      }
    }),
  );
  return new Map(
    request.components.map((component) => {
      const measured: Measured = {
        measurements: [],
        headlines: {},
        evidence: [],
        activeVersion: null,
        failures: [],
      };
      for (const { tool, answers: each } of answers) {
        const answer = each[component] ?? { failure: { message: `said nothing of ${component}` } };
        if ('failure' in answer) {
          measured.failures.push({ tool, ...answer.failure });
          continue;
        }
        measured.measurements.push(...answer.measurements);
        Object.assign(measured.headlines, answer.headlines);
        measured.evidence.push(...answer.evidence);
        measured.activeVersion ??= answer.activeVersion;
      }
      return [component, measured];
    }),
  );
}

/**
 * Measures components as a poll does. When that was held up until a worker came back, it is done once more, over windows that
 * end then: the first are old.
 * @returns the measured windows' end, too
 */
export async function measureNow(
  components: string[],
  tools: readonly MeasuringTool[] = MEASURING_TOOLS,
  ask: Pick<MonitorActivities, MeasuringTool> = polling,
): Promise<{ at: string; measured: Map<string, Measured> }> {
  for (let again = false; ; again = true) {
    const began = now();
    const at = began.toISOString();
    const measured = await measureAll({ components, until: at, polled: true }, tools, ask);
    if (again || now().getTime() - began.getTime() < HELD_UP) return { at, measured };
  }
}

/**
 * Measures one component with the given tools, all four by default. Used by incidents to measure again before they act and
 * after, and by questions.
 * @throws ApplicationFailure of the tools' common type (such as `UnknownComponent`), else `NothingMeasured`, when all fail
 */
export async function measure(
  { component, ...about }: ComponentCheck,
  tools: readonly MeasuringTool[] = MEASURING_TOOLS,
): Promise<Measured> {
  const measured = (await measureAll({ ...about, components: [component] }, tools)).get(component)!;
  const { failures } = measured;
  if (failures.length < tools.length) return measured;
  const [first] = failures;
  const common = failures.every((failure) => failure.type === first?.type) ? first : undefined;
  throw ApplicationFailure.create({
    message: common?.message ?? failures.map(({ tool, message }) => `${tool}: ${message}`).join('; '),
    type: common?.type ?? 'NothingMeasured',
    nonRetryable: true,
  });
}

/** The failure that an activity ended with, beneath the wrapping that Temporal puts around it. */
function reasonOf(error: unknown): CheckFailure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof TimeoutFailure) return { message: 'no answer in the time it has', type: 'Timeout' };
  if (cause instanceof ApplicationFailure) {
    return { message: cause.message, ...(cause.type && { type: cause.type }) };
  }
  return { message: cause instanceof Error ? cause.message : String(cause) };
}
