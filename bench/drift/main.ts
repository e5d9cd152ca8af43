import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { readConfig } from '../../src/config/config.ts';
import { Scratch } from '../../src/drift-files/scratch.ts';
import { COUNTING } from '../../src/warehouse/duckdb/counts.ts';
import { featureNames, makeRows } from './data.ts';
import { type Evidently, timeEvidently } from './evidently.ts';
import { measure, type Seconds } from './measure.ts';

const tell = (line: string) => void process.stderr.write(`${line}\n`);

interface Report {
  rows: number;
  features: number;
  seconds: Seconds;
  peak_mb: number;
  evidently: (Evidently & { times_faster: Record<string, number> }) | { skipped: string };
}

/**
 * `npm run bench:drift -- --rows N --features M [--no-evidently] [--json]`: how long drift of a window takes. Reference and
 * current rows are N each. Ours is the middle of three runs, Evidently runs once: it takes a minute. `peak_mb` is our process
 * at its most, the making of the rows included, before Evidently starts.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1000000' },
      features: { type: 'string', default: '28' },
      evidently: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
    },
    allowNegative: true,
  });
  const rows = whole('--rows', values.rows, 10, 100_000_000);
  const count = whole('--features', values.features, 1, 400);
  using scratch = new Scratch('agentops-bench-drift-');
  const instance = await DuckDBInstance.create(join(scratch.path, 'rows.duckdb'), {
    memory_limit: '400MB',
    ...COUNTING,
  });
  const connection = await instance.connect();
  try {
    const features = featureNames(count);
    tell(`making 2 × ${rows} rows of ${count} features …`);
    await makeRows(connection, rows, features);
    tell('measuring …');
    const seconds = await measure(connection, rows, features);
    const peak_mb = process.resourceUsage().maxRSS / 1024;
    const evidently = values.evidently
      ? await timeEvidently(connection, readConfig().cacheDir, scratch.path, tell).then(
          (found) => ({ ...found, times_faster: ratios(seconds, found.seconds) }),
          (error: Error) => ({ skipped: error.message.split('\n')[0]! }),
        )
      : { skipped: 'asked for by --no-evidently' };
    const report: Report = { rows, features: count, seconds, peak_mb, evidently };
    process.stdout.write(`${values.json ? JSON.stringify(report) : textOf(report)}\n`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function ratios(ours: Seconds, { psi, ks }: Evidently['seconds']): Record<string, number> {
  return {
    psi_and_binned_ks: (psi + ks) / ours.psi_and_binned_ks,
    with_reference: (psi + ks) / (ours.reference + ours.psi_and_binned_ks),
    from_features: (psi + ks) / ours.from_features,
    exact_ks: ks / ours.exact_ks,
  };
}

function whole(option: string, given: string, least: number, most: number): number {
  const value = Number(given);
  if (!/^\d+$/.test(given) || value < least || value > most)
    throw new Error(`${option}: expected a whole number of ${least} to ${most}, got "${given}"`);
  return value;
}

function textOf({ rows, features, seconds, peak_mb, evidently }: Report): string {
  const lines = Object.entries(seconds).map(([what, value]) => {
    const times = 'skipped' in evidently ? undefined : evidently.times_faster[what];
    return `  ${what.padEnd(18)} ${value.toFixed(2)} s${times === undefined ? '' : `  ${times.toFixed(0)} times faster`}`;
  });
  const other =
    'skipped' in evidently
      ? `Evidently not measured: ${evidently.skipped}`
      : `Evidently ${evidently.version}: PSI ${evidently.seconds.psi.toFixed(1)} s, KS ${evidently.seconds.ks.toFixed(1)} s`;
  return [`2 × ${rows} rows of ${features} features, ${peak_mb.toFixed(0)} MB`, ...lines, other].join('\n');
}

main().catch((error: Error) => {
  process.stderr.write(`bench:drift: ${error.message.split('\n')[0]}\n`);
  process.exitCode = 1;
});
