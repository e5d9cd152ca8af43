/** Servers should be about this busy: room for a peak, and few enough to pay for. */
const TARGET_CPU = 0.6;

/**
 * How many replicas to ask for so that the same work fills each to 60 % of its CPU; at least one more than now, at most
 * twice as many. A queue hides how much work there is, so then it is twice as many.
 */
export function replicasWanted(now: { replicas: number; cpu: number; queue: number }): number {
  const most = now.replicas * 2;
  if (now.queue > 0 && now.cpu >= 0.95) return most;
  return Math.min(most, Math.max(now.replicas + 1, Math.ceil((now.replicas * now.cpu) / TARGET_CPU)));
}
