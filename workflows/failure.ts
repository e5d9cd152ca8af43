/** The innermost message of an error: Temporal wraps what an activity threw. */
export function rootMessage(error: Error): string {
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message;
}
