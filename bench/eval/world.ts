import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SYSTEMS } from '../../src/domain/systems.ts';
import { openPlatforms, type Platforms } from '../../src/platform/open.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { createDuckDbWarehouse } from '../../src/warehouse/duckdb/session.ts';
import type { Warehouse } from '../../src/warehouse/port.ts';
import type { Instance } from './draw.ts';
import { playDeployments, playNoise } from './herrings.ts';
import type { TRAFFIC } from './scenario.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TOKEN = 'evaluation';

/** Rows per second at the week's average, and when it is looked at: a night, a weekday's noon, a Sunday's busiest hour. */
const LEVELS: Record<(typeof TRAFFIC)[number], { rowsPerSecond: number; at: number }> = {
  low: { rowsPerSecond: 6, at: Date.parse('2026-11-24T03:41:00Z') },
  middle: { rowsPerSecond: 9, at: Date.parse('2026-11-25T12:07:00Z') },
  high: { rowsPerSecond: 25, at: Date.parse('2026-11-22T15:22:00Z') },
};

/** The outside world of one instance, as the Monitor and the Investigator see it. */
export interface Outside {
  warehouse: Warehouse;
  platforms: Platforms;
  /** The world's present. */
  now: () => Date;
  close(): Promise<void>;
}

async function post(url: string, path: string, body: unknown, key: string): Promise<void> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
  if (response.ok) return;
  const answer = (await response.text()).slice(0, 300);
  throw new Error(`POST ${path} ${JSON.stringify(body)} answered ${response.status}: ${answer}`);
}

/**
 * Worlds to evaluate in. Each level of traffic is seeded once, into a file that every instance starts from a copy of.
 * Faults come over HTTP, as they do from a person.
 */
export class Worlds {
  readonly #folder = mkdtempSync(join(tmpdir(), 'agentops-eval-'));
  readonly #seeded = new Set<string>();
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The world of an instance after all that happens in it. */
  async open(instance: Instance): Promise<Outside> {
    const { at } = LEVELS[instance.traffic];
    const dataDir = join(this.#folder, 'instance');
    rmSync(dataDir, { recursive: true, force: true });
    cpSync(await this.#seededFolder(instance.traffic), dataDir, { recursive: true });
    let present = at;
    const sandbox = await startSandbox({
      port: 0,
      dataDir,
      seed: this.#seed,
      token: TOKEN,
      ticking: false,
      now: () => present,
    });
    let sent = 0;
    const send = (path: string, body: unknown) => post(sandbox.url, path, body, `${instance.id} ${++sent}`);
    /** Lets time pass, with its traffic; a longer stop would leave a gap in it. */
    const goTo = async (time: number) => {
      while (present < time) {
        present = Math.min(time, present + HOUR);
        await sandbox.tick();
      }
    };
    try {
      const steps = { send, goTo, present: () => present };
      await playDeployments(instance, steps);
      for (const { name, minutesAgo, params } of instance.faults) {
        const start =
          minutesAgo === null ? {} : { start: new Date(present - minutesAgo * MINUTE).toISOString() };
        await send(`/simulate/${name}`, { ...start, ...params });
      }
      await playNoise(instance, steps);
    } catch (error) {
      await sandbox.close();
      throw new Error(`${instance.id}: ${(error as Error).message}`);
    }
    return {
      warehouse: createDuckDbWarehouse({ url: sandbox.url, token: TOKEN }),
      platforms: openPlatforms(
        { platform: { url: sandbox.url }, snowflake: null, environment: 'evaluation' },
        () => DEFAULT_SYSTEMS,
      ),
      now: () => new Date(present),
      close: () => sandbox.close(),
    };
  }

  async #seededFolder(level: Instance['traffic']): Promise<string> {
    const dataDir = join(this.#folder, level);
    if (this.#seeded.has(level)) return dataDir;
    const { rowsPerSecond, at } = LEVELS[level];
    const options = { port: 0, dataDir, token: TOKEN, ticking: false, now: () => at };
    const sandbox = await startSandbox({ ...options, seed: this.#seed, trafficPerSecond: rowsPerSecond });
    await sandbox.close();
    this.#seeded.add(level);
    return dataDir;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
