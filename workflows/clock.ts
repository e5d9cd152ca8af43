/** Workflow time: the same in every replay. */
export function now(): Date {
  return new Date();
}
