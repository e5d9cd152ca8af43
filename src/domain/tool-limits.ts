/** How long a tool may take, and how often it is tried. Every tool is safe to retry: reads change nothing, actions carry a key. */
export interface ToolLimits {
  /** Of one attempt, as Temporal writes durations: `5 minutes`. */
  startToClose: string;
  /** Absent: retried until it succeeds. */
  attempts?: number;
}

/** Reads of the warehouse, the platform and the knowledge base. */
export const READ: ToolLimits = { startToClose: '1 minute', attempts: 8 };
/**
 * Reads of a poll: 15 s of trying where a source refuses; the tool itself gives up within a minute on one that hangs. The next
 * poll asks again, and people are told. There is no limit over all attempts: a worker that is down is no failure.
 */
export const POLLED: ToolLimits = { startToClose: '1 minute', attempts: 5 };
/** Side effects. */
export const ACT: ToolLimits = { startToClose: '1 minute', attempts: 10 };
/** Our own bookkeeping: an incident must not fail because the store is away. */
export const KEEP: ToolLimits = { startToClose: '30 seconds' };
