import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '..', '..', 'bench', 'drift', 'main.ts');

test('the bench prints one JSON object, once its ways of measuring agree', async () => {
  const args = ['--rows', '3000', '--features', '8', '--no-evidently', '--json'];
  const { stdout } = await run(process.execPath, [MAIN, ...args]);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({
    rows: 3_000,
    features: 8,
    evidently: { skipped: 'asked for by --no-evidently' },
  });
  for (const part of ['reference', 'psi_and_binned_ks', 'from_features', 'exact_ks'])
    expect(report.seconds[part]).toBeGreaterThan(0);
  expect(report.peak_mb).toBeGreaterThan(0);
  expect(report.peak_mb).toBeLessThan(1_000);
});

test.each([
  [['--rows', '1e6'], /--rows: expected a whole number of 10 to 100000000, got "1e6"/],
  [['--features', '0'], /--features: expected a whole number of 1 to 400, got "0"/],
  [['--row', '5'], /Unknown option '--row'/],
])('%j is refused', async (args, message) => {
  const failed = await run(process.execPath, [MAIN, ...args]).catch((error) => error);
  expect(failed).toMatchObject({ code: 1, stdout: '' });
  expect(failed.stderr).toMatch(message);
  expect(failed.stderr.trim().split('\n')).toHaveLength(1);
});
