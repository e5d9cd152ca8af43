import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UpError } from './error.ts';

/** One `up` per data directory: two would share a database file. */
export interface Lock {
  release(): void;
}

/** True while a process has this id (zombies aside). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process started, in the kernel's ticks, so that a reused id is not mistaken for it; empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** @throws UpError when a living `up` holds the directory; a dead one's lock is taken over */
export function takeLock(dataDir: string): Lock {
  const file = lockFile(dataDir);
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, start: startOf(process.pid) }), { flag: 'wx' });
      return { release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = lockHolder(dataDir);
    if (holder !== null) {
      throw new UpError(
        `AgentOps is already running in ${dataDir} (process ${holder}); stop it, or set AGENTOPS_DIR to another directory`,
      );
    }
    rmSync(file, { force: true });
  }
}

/** The process id of the `up` that runs in this directory; null without one. */
export function lockHolder(dataDir: string): number | null {
  try {
    const { pid, start } = JSON.parse(readFileSync(lockFile(dataDir), 'utf8'));
    return isAlive(pid) && startOf(pid) === start ? pid : null;
  } catch {
    return null;
  }
}

function lockFile(dataDir: string): string {
  return join(dataDir, 'up.lock');
}
