import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Policy } from '../domain/policy/policy.ts';
import { type Config, ConfigError, readPolicy } from './config.ts';

/** The file is polled: file watchers miss symlink swaps, bind mounts and renames. */
const LOOK_EVERY_MS = 500;

/** The policy in force, followed as its file changes. */
export interface PolicyFile {
  /** The last policy that could be read. */
  current(): Policy;
  /** Calls with each policy that differs from the one before it. What a listener throws is logged. */
  onChange(listener: (policy: Policy) => void): void;
  /** Why the file as it is now is not in force; null when it is. */
  problem(): string | null;
  close(): void;
}

/**
 * Opens the policy file and follows it. A file that cannot be read, or says what policy cannot say, changes nothing: the
 * last good policy stays in force, and the log names the problem once.
 * @throws ConfigError when the file is not good at the start: there is no last good one
 */
export function openPolicy(
  config: Pick<Config, 'policyFile' | 'watchMs'>,
  log: Pick<Logger, 'info' | 'error'>,
): PolicyFile {
  // Before the policy: what is written in between is then seen as a change.
  let text = textOf(config.policyFile);
  let policy = readPolicy(config);
  let problem: string | null = null;
  const listeners: ((policy: Policy) => void)[] = [];

  function look(): void {
    const now = textOf(config.policyFile);
    if (now === text) return;
    text = now;
    const before = problem;
    try {
      const read = readPolicy(config);
      problem = null;
      if (JSON.stringify(read) !== JSON.stringify(policy)) adopt(read);
      else if (before !== null) log.info({ file: config.policyFile }, 'policy file is good again');
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problem = error.message;
      if (problem !== before)
        log.error({ problem }, 'policy file is not good, the last good one stays in force');
    }
  }

  function adopt(read: Policy): void {
    policy = read;
    log.info({ components: Object.keys(policy.components) }, 'policy changed');
    for (const listener of listeners) {
      try {
        listener(policy);
      } catch (error) {
        log.error({ error: String(error) }, 'a change of policy was not followed everywhere');
      }
    }
  }

  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return {
    current: () => policy,
    onChange: (listener) => listeners.push(listener),
    problem: () => problem,
    close: () => clearInterval(timer),
  };
}

/** Null when there is none to read; `readPolicy` says why. */
function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
