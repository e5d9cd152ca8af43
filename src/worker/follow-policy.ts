import type { PolicyFile } from '../config/policy-file.ts';
import type { Policy } from '../domain/policy/policy.ts';

const AGAIN_AFTER_MS = 5_000;

/**
 * Applies the policy in force now, and each later one as it changes: one at a time, the newest last, tried again until it
 * succeeds or a newer one takes its place. Resolves when the first is applied; rejects when that fails.
 */
export async function followPolicy(
  policy: Pick<PolicyFile, 'current' | 'onChange'>,
  apply: (policy: Policy) => Promise<unknown>,
  log: { error(about: object, message: string): void },
  againAfterMs = AGAIN_AFTER_MS,
): Promise<void> {
  let applied = policy.current();
  await apply(applied);
  let busy = false;
  async function catchUp(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      while (applied !== policy.current()) {
        const newest = policy.current();
        await apply(newest);
        applied = newest;
      }
    } catch (error) {
      log.error({ err: error }, 'a changed policy could not be applied yet, it is tried again');
      setTimeout(catchUp, againAfterMs).unref();
    } finally {
      busy = false;
    }
  }
  policy.onChange(() => void catchUp());
  // A change while the first was being applied.
  void catchUp();
}
