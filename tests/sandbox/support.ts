import { rmSync } from 'node:fs';
import type { TrainingJob } from '../../src/domain/platform.ts';
import {
  type Cells,
  REFERENCE_PROBABILITIES,
  type ReferenceHistogram,
  referenceCells,
} from '../../src/domain/stats/drift.ts';
import { type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';
import { createDuckDbWarehouse } from '../../src/warehouse/duckdb/session.ts';
import type { Scope, Warehouse } from '../../src/warehouse/port.ts';
import { modelView } from '../support/model-view.ts';
import { seededDataDir } from '../support/seeded-world.ts';

export const TOKEN = 'token-of-the-test';

/** A sandbox with little traffic that stands still but for `tick()`, and clients of it; a copy of its world is its own. */
export async function openSandbox(options: Partial<SandboxOptions> = {}) {
  const { seed = 1, trafficPerSecond = 2, labelDelayMs, now } = options;
  const dataDir =
    options.dataDir ?? (await seededDataDir({ seed, trafficPerSecond, labelDelayMs, now: now?.() }));
  const sandbox = await startSandbox({
    port: 0,
    dataDir,
    seed,
    token: TOKEN,
    trafficPerSecond,
    trainingPaceMs: 0,
    ticking: false,
    ...options,
  });
  const clients = connect(sandbox.url);
  const close = async () => {
    await sandbox.close();
    if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
  };
  return { ...sandbox, ...clients, close };
}

export function connect(url: string) {
  const platform = modelView(url);
  const warehouse = createDuckDbWarehouse({ url, token: TOKEN });
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.json(),
    };
  };
  /** The job once it is over. */
  const finished = async (id: string): Promise<TrainingJob> => {
    for (;;) {
      const job = await platform.job(id);
      if (job.status !== 'queued' && job.status !== 'running') return job;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  /** The default change an hour ago, at the rate of design §10. */
  const change = async (body: object = {}) => {
    const answer = await post('/simulate/upstream_change', { rows_per_second: 25, ...body });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer));
    return answer.body as { started_at: string; until: string; rows: number; positives: number };
  };
  return { platform, warehouse, post, finished, change };
}

/** The rows of a scope counted between their own quantiles, and the cells to count others over. */
export async function referenceOf(
  warehouse: Warehouse,
  scope: Scope,
  features: string[],
): Promise<{ histograms: ReferenceHistogram[]; cells: Record<string, Cells> }> {
  const { value } = await warehouse.featureQuantiles(scope, features, [...REFERENCE_PROBABILITIES]);
  const own = new Map(features.map((feature) => [feature, referenceCells(value[feature]!)]));
  const cells = Object.fromEntries(own);
  const counted = await warehouse.featureHistograms(scope, cells);
  const histograms = counted.value.map((histogram) => ({ ...histogram, ...own.get(histogram.feature)! }));
  return { histograms, cells };
}

export function f1({ tp, fp, fn }: { tp: number; fp: number; fn: number }): number {
  return (2 * tp) / (2 * tp + fp + fn);
}
