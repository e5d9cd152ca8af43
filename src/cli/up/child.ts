import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { formatDuration } from '../../domain/duration.ts';
import type { ChildLog } from './child-log.ts';
import { UpError } from './error.ts';

export interface ChildSpec {
  name: string;
  command: string;
  args: string[];
  /** All the variables it gets. */
  env: Record<string, string>;
  /** Resolves once the process with this id does its work. */
  ready(pid: number, signal: AbortSignal): Promise<void>;
  readyWithinMs: number;
}

interface Run {
  pid: number;
  guard: ChildProcess;
  /** How it ended, in words. */
  ended: Promise<string>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A process that lived this long starts again without a longer pause. */
const STABLE_MS = 60_000;
/** Longer than the worker's own grace for activities under way. */
const GRACE_MS = 25_000;
const LOOK_GRACE_MS = 3_000;

/** One supervised process: started, started again with growing pauses when it ends by itself, and stopped for good. */
export class Child {
  readonly spec: ChildSpec;
  readonly #log: (line: string) => void;
  readonly #output: ChildLog;
  readonly #onChange: () => void;
  readonly #stopping = new AbortController();
  #run: Run | null = null;
  #supervision: Promise<void> = Promise.resolve();
  /** The last look whether it is ready. */
  #look: Promise<void> = Promise.resolve();

  constructor(spec: ChildSpec, options: { log(line: string): void; output: ChildLog; onChange(): void }) {
    this.spec = spec;
    this.#log = options.log;
    this.#output = options.output;
    this.#onChange = options.onChange;
  }

  /** Undefined while it is down. */
  get pid(): number | undefined {
    return this.#run?.pid;
  }

  /** Resolves when it is ready. @throws UpError when it ends or takes too long before; it is not tried again then */
  async start(): Promise<void> {
    const run = this.#spawn();
    await this.#ready(run);
    this.#supervision = this.#supervise(run);
  }

  /** SIGTERM, and SIGKILL after a grace; resolves when it is gone. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#run) await this.#end(this.#run);
    await this.#supervision;
    // What it looks with is closed next; a look that does not heed its signal is not waited for.
    await Promise.race([this.#look, delay(LOOK_GRACE_MS, undefined, { ref: false })]);
    this.#output.close();
  }

  /** SIGKILL, for a person in a hurry and for the last moment of the supervisor, where nothing can be awaited. */
  killNow(): void {
    if (this.#run) signalGroup(this.#run.pid, 'SIGKILL');
  }

  async #supervise(first: Run): Promise<void> {
    let run = first;
    let pause = FIRST_PAUSE_MS;
    for (;;) {
      const readyAt = Date.now();
      const how = await run.ended;
      if (Date.now() - readyAt > STABLE_MS) pause = FIRST_PAUSE_MS;
      if (this.#stopping.signal.aborted) return;
      const downAt = Date.now();
      this.#log(`${this.spec.name} ended (${how}); starting it again`);
      for (let back = false; !back; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
        await delay(pause, null, { signal: this.#stopping.signal }).catch(() => undefined);
        if (this.#stopping.signal.aborted) return;
        run = this.#spawn();
        back = await this.#ready(run).then(
          () => true,
          (error: Error) => {
            if (!this.#stopping.signal.aborted) this.#log(`${error.message}; trying again`);
            return false;
          },
        );
        if (!back) await this.#end(run);
        if (this.#stopping.signal.aborted) return;
      }
      this.#log(`${this.spec.name} is back after ${formatDuration(Date.now() - downAt)}`);
    }
  }

  #spawn(): Run {
    const { command, args, env } = this.spec;
    // A process group of its own: Ctrl-C reaches the supervisor alone, which stops all in order.
    const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#output.follow(child.stdout);
    this.#output.follow(child.stderr);
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    const pid = child.pid ?? 0;
    const run: Run = { pid, guard: guardGroup(pid), ended };
    this.#run = run;
    this.#onChange();
    void ended.then(() => {
      run.guard.kill('SIGKILL');
      if (this.#run === run) this.#run = null;
      this.#onChange();
    });
    return run;
  }

  async #ready(run: Run): Promise<void> {
    const { name, ready, readyWithinMs } = this.spec;
    const over = new AbortController();
    const see = () => `${this.#output.last ? `: ${this.#output.last}` : ''} (log: ${this.#output.file})`;
    const looking = ready(run.pid, AbortSignal.any([over.signal, AbortSignal.timeout(readyWithinMs)]));
    this.#look = looking.catch(() => undefined);
    try {
      await Promise.race([
        looking,
        run.ended.then((how) => {
          throw new UpError(`${name} ended before it was ready, ${how}${see()}`);
        }),
      ]);
    } catch (error) {
      if (error instanceof UpError) throw error;
      const within = formatDuration(readyWithinMs);
      throw new UpError(`${name} was not ready within ${within}${see()}`, { cause: error });
    } finally {
      over.abort();
    }
  }

  async #end(run: Run): Promise<void> {
    signalGroup(run.pid, 'SIGTERM');
    const force = setTimeout(() => signalGroup(run.pid, 'SIGKILL'), GRACE_MS);
    await run.ended;
    clearTimeout(force);
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (pid === 0) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone already.
  }
}

/**
 * Ends a process group when we are gone, even by SIGKILL: a shell that waits for the end of its input, which we alone
 * hold open. It needs nothing of the child, so it serves the Temporal binary too.
 */
function guardGroup(pid: number): ChildProcess {
  const script = 'read -r _; kill -s TERM -- "-$1"; sleep 5; kill -s KILL -- "-$1"';
  const guard = spawn('/bin/sh', ['-c', pid === 0 ? 'exit' : script, 'guard', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  // It dies with its child; a pipe that closes is no error.
  guard.stdin.on('error', () => undefined);
  guard.on('error', () => undefined);
  return guard;
}
