import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import { POLLED, type ToolLimits } from '../src/domain/tool-limits.ts';
import { MEASURING_TOOLS, type MeasuringTool, TOOLS } from '../src/domain/tools.ts';
import type { AnswerActivities } from './contracts/answer.ts';
import type { InvestigateActivities } from './contracts/investigate.ts';
import type { MonitorActivities } from './contracts/monitor.ts';
import type { RecordActivities } from './contracts/record.ts';
import type { RemediateActivities } from './contracts/remediate.ts';
import { REMEDIATION_QUEUE, TASK_QUEUE } from './names.ts';

type Activities = MonitorActivities &
  InvestigateActivities &
  AnswerActivities &
  RecordActivities &
  RemediateActivities;

/** Every worker beats for each activity it runs: one that was killed is noticed in this time, not at start-to-close. */
const HEARTBEAT = '15 seconds';

/**
 * Failures that no new attempt can mend (a refused login, a 4xx, an unknown component) are thrown by the activities
 * themselves as a non-retryable ApplicationFailure.
 */
function options(name: string, { startToClose, attempts }: ToolLimits): ActivityOptions {
  return {
    taskQueue: TOOLS[name]!.queue === 'remediation' ? REMEDIATION_QUEUE : TASK_QUEUE,
    startToCloseTimeout: startToClose as ActivityOptions['startToCloseTimeout'],
    heartbeatTimeout: HEARTBEAT,
    retry: {
      initialInterval: '1 second',
      backoffCoefficient: 2,
      maximumInterval: '30 seconds',
      ...(attempts && { maximumAttempts: attempts }),
    },
  };
}

type AnyActivities = Record<string, (request: unknown) => Promise<unknown>>;

const all: AnyActivities = Object.fromEntries(
  Object.entries(TOOLS).map(([name, { limits }]) => [
    name,
    proxyActivities<AnyActivities>(options(name, limits))[name]!,
  ]),
);

/** Every activity, each with the queue and limits of its row in TOOLS. */
export const activities = all as unknown as Activities;

/** Calls a tool by the name that a table gives: of an action, or of evidence. */
export function call(tool: string, request: object): Promise<unknown> {
  return all[tool]!(request);
}

/** The measuring tools with the limits of a poll. */
export const polling = Object.fromEntries(
  MEASURING_TOOLS.map((name) => [name, proxyActivities<AnyActivities>(options(name, POLLED))[name]]),
) as unknown as Pick<Activities, MeasuringTool>;
