/** A tool that could not measure these components of a group, all for the same reason. */
export interface PollFailure {
  tool: string;
  message: string;
  components: string[];
}

/** What is kept of a group's polls beside their alerts: the API tells from it that the Monitor lives, and counts. */
export interface PollRecord {
  /** When the last poll began whose findings were raised, ISO 8601. */
  at: string;
  /** When the last one began that measured anything at all; null before the first. */
  succeeded_at: string | null;
  /** Since the first one. */
  succeeded: number;
  failed: number;
  /** Failures by tool since the first poll, one for each cause and poll. */
  tool_failures: Record<string, number>;
  /** Of the last poll. */
  failures: PollFailure[];
}

/** The key of the store's document that holds a group's record. */
export function pollRecordKey(group: string): string {
  return `poll:${group}`;
}

/**
 * The record after one more poll. A poll that is told again (its activity was retried) counts once.
 * @param poll when it began, whether it measured anything, and what it could not measure
 */
export function recordPoll(
  before: PollRecord | null,
  poll: { at: string; succeeded: boolean; failures: PollFailure[] },
): PollRecord {
  if (before?.at === poll.at) return before;
  const { at, succeeded, failures } = poll;
  const tool_failures = { ...before?.tool_failures };
  for (const { tool } of failures) tool_failures[tool] = (tool_failures[tool] ?? 0) + 1;
  return {
    at,
    succeeded_at: succeeded ? at : (before?.succeeded_at ?? null),
    succeeded: (before?.succeeded ?? 0) + (succeeded ? 1 : 0),
    failed: (before?.failed ?? 0) + (succeeded ? 0 : 1),
    tool_failures,
    failures,
  };
}
