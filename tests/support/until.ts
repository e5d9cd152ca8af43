/** Waits for a condition, at most `withinMs`; a failing test then ends with a reason instead of polling for ever. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs = 20_000,
  everyMs = 20,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not so within ${withinMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
