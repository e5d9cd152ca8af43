import { ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { EvidenceRef } from '../src/domain/evidence.ts';
import type { Measurement } from '../src/domain/measurement.ts';
import { activities } from './activities.ts';
import type { CheckRequest, CheckResult } from './contracts.ts';

const TOOLS = ['check_drift', 'query_snowflake', 'check_data_quality', 'check_model_health'] as const;
export type MeasuringTool = (typeof TOOLS)[number];

/** What the four measuring tools found together. */
export interface Measured {
  measurements: Measurement[];
  evidence: EvidenceRef[];
  /** Null when the platform did not say. */
  activeVersion: string | null;
  /** Tools that gave up: a broken source does not silence the others. */
  failures: { tool: MeasuringTool; message: string }[];
}

/**
 * Measures a component with the given tools, all four by default, in parallel. Used by the poll, and by incidents to measure again before they act
 * and after.
 * @throws ApplicationFailure of the tools' common type (such as `UnknownComponent`), else `NothingMeasured`, when all fail
 */
export async function measure(
  request: CheckRequest,
  tools: readonly MeasuringTool[] = TOOLS,
): Promise<Measured> {
  const answers = await Promise.all(
    tools.map(async (tool) => {
      try {
        return { tool, result: await activities[tool](request) };
      } catch (error) {
        if (isCancellation(error)) throw error;
        return { tool, failure: reasonOf(error) };
      }
    }),
  );
  const results = answers.flatMap((answer): CheckResult[] => (answer.result ? [answer.result] : []));
  const failed = answers.flatMap((answer) =>
    answer.failure ? [{ tool: answer.tool, ...answer.failure }] : [],
  );
  if (results.length === 0) {
    const [first] = failed;
    const common = failed.every((failure) => failure.type === first?.type) ? first : undefined;
    throw ApplicationFailure.create({
      message: common?.message ?? failed.map(({ tool, message }) => `${tool}: ${message}`).join('; '),
      type: common?.type ?? 'NothingMeasured',
      nonRetryable: true,
    });
  }
  return {
    measurements: results.flatMap((result) => result.measurements),
    evidence: results.flatMap((result) => result.evidence),
    activeVersion: results.find((result) => result.activeVersion !== null)?.activeVersion ?? null,
    failures: failed.map(({ tool, message }) => ({ tool, message })),
  };
}

/** The failure that an activity ended with, beneath the wrapping that Temporal puts around it. */
function reasonOf(error: unknown): { message: string; type?: string } {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof ApplicationFailure) return { message: cause.message, type: cause.type ?? undefined };
  return { message: cause instanceof Error ? cause.message : String(cause) };
}
