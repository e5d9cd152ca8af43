import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { driftText } from '../../src/cli/commands/drift.ts';
import { compareFiles, type FileDrift } from '../../src/drift-files/compare.ts';

const run = promisify(execFile);
const CLI = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

let directory: string;
const at = (name: string) => join(directory, name);
const csv = (name: string, text: string) => {
  writeFileSync(at(name), text);
  return at(name);
};
/** A CSV with these columns; null is an empty cell. */
const table = (name: string, columns: Record<string, (number | string | boolean | null)[]>) => {
  const rows = Object.values(columns)[0]!.map((_, i) =>
    Object.values(columns).map((values) => values[i] ?? ''),
  );
  return csv(name, `${[Object.keys(columns), ...rows].map((row) => row.join(',')).join('\n')}\n`);
};
const range = <T>(n: number, value: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => value(i));

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'agentops-test-drift-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** scipy 1.17.1's ks_2samp and numpy 2.4.6 with the deciles of np.quantile as edges, missing values a cell of their own. */
const PUBLISHED = {
  spread: {
    psi: 0.025180627266815542,
    psi_corrected: 0.016847293933482207,
    statistic: 0.05654601213100725,
    p_value: 0.001666067061568076,
  },
  tied: {
    psi: 0.020636547056204123,
    psi_corrected: 0.01730321372287079,
    statistic: 0.0715,
    p_value: 9.003536342696416e-6,
  },
  zeros: {
    psi: 0.12175030063819481,
    psi_corrected: 0.11841696730486148,
    statistic: 0.16433333333333333,
    p_value: 9.896998175439463e-29,
  },
  constant: { psi: 3.375368231681207e-5, psi_corrected: 0, statistic: 0, p_value: 1 },
};
const published = () => {
  const columns = (
    n: number,
    [every, times, modulo, scale]: number[],
    tie: number,
    [zero, z, zm]: number[],
  ) => ({
    spread: range(n, (i) => (i % every! === 0 ? null : ((i * times!) % modulo!) / scale!)),
    tied: range(n, (i) => Math.min(i % tie, 3)),
    zeros: range(n, (i) => (i % zero! > 0 ? 0 : ((i * z!) % zm!) / 10)),
    constant: range(n, () => 7),
  });
  return {
    reference: table('published-reference.csv', columns(3_000, [11, 7919, 1009, 100], 7, [3, 31, 97])),
    current: table('published-current.csv', columns(2_000, [13, 7919, 1013, 95], 6, [2, 37, 89])),
  };
};
const expectPublished = ({ columns }: FileDrift) => {
  for (const [name, expected] of Object.entries(PUBLISHED)) {
    const found = columns[name]!;
    expect(Math.abs(found.psi - expected.psi)).toBeLessThan(1e-9);
    expect(Math.abs(found.psi_corrected - expected.psi_corrected)).toBeLessThan(1e-9);
    expect(Math.abs(found.ks!.statistic - expected.statistic)).toBeLessThan(1e-9);
    expect(Math.abs(found.ks!.p_value - expected.p_value)).toBeLessThan(1e-6);
  }
  expect(columns.spread).toMatchObject({ kind: 'number', n_reference: 3_000, nulls_reference: 273 });
  expect(columns.spread).toMatchObject({ n_current: 2_000, nulls_current: 154 });
};

test('PSI and KS are those of numpy and scipy, from CSV and from Parquet', async () => {
  const { reference, current } = published();
  expectPublished(await compareFiles(reference, current));
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (SELECT * FROM read_csv('${reference}')) TO '${at('r.parquet')}'`);
  connection.closeSync();
  expectPublished(await compareFiles(at('r.parquet'), current));
});

test('a CSV may be written in many ways and means the same', async () => {
  const { reference, current } = published();
  const written = readFileSync(reference, 'utf8');
  const variants: [string, string | Buffer][] = [
    ['bom.csv', `\ufeff${written}`],
    ['windows.csv', written.replaceAll('\n', '\r\n')],
    ['semicolons.csv', written.replaceAll(',', ';')],
    ['decimal-commas.csv', written.replaceAll(',', ';').replaceAll('.', ',')],
    ['tabs.tsv', written.replaceAll(',', '\t')],
    ['zipped.csv.gz', gzipSync(written)],
    ["it's [odd]*?.csv", written],
    [
      'spelled.csv',
      written.replace(/^,/gm, 'inf,').replace(/^inf,/m, '-Infinity,').replace(/^inf,/m, '#N/A,'),
    ],
  ];
  for (const [name, content] of variants) {
    writeFileSync(at(name), content);
    expectPublished(await compareFiles(at(name), current));
  }
});

test('a quoted value may hold line breaks, a name anything, and numbers may be huge', async () => {
  const names = ['"__proto__"', '"a ""b"", c"', 'größe', '"x; DROP TABLE reference"', 'huge', 'note'];
  const rows = range(90, (i) => [
    i,
    i,
    i,
    i,
    `${10n ** 25n + BigInt(i) * 10n ** 20n}`,
    `"line ${i % 2}\nmore"`,
  ]);
  const file = csv('quoted.csv', `${[names, ...rows].map((row) => row.join(',')).join('\n')}\n`);
  const { columns, not_compared } = await compareFiles(file, file);
  expect(Object.keys(columns)).toEqual([
    '__proto__',
    'a "b", c',
    'größe',
    'x; DROP TABLE reference',
    'huge',
    'note',
  ]);
  expect(Object.values(columns).map(({ psi, n_current }) => [psi, n_current])).toEqual(
    names.map(() => [0, 90]),
  );
  expect(columns.huge).toMatchObject({ kind: 'number', nulls_current: 0 });
  expect(not_compared).toEqual({});
});

test('a line of another length is refused, and none is dropped for a preamble or a comment', async () => {
  const good = table('straight.csv', { x: range(60, (i) => i), y: range(60, (i) => i) });
  const ragged = csv('ragged.csv', `x,y\n${'1,2\n'.repeat(50)}3\n4,5,6\n`);
  await expect(compareFiles(ragged, good)).rejects.toThrow(
    'ragged.csv cannot be read as CSV: expected as many values in each line as names in the first',
  );
  const hashes = csv('hashes.csv', `tag,y\n${range(60, (i) => `#${i % 3},${i}`).join('\n')}\n`);
  const { columns } = await compareFiles(hashes, hashes);
  expect(columns.tag).toMatchObject({ kind: 'category', n_reference: 60, nulls_reference: 0 });
});

test('Parquet holds types of its own, and NaN beside numbers', async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(
    `COPY (SELECT i::DECIMAL(9, 2) AS money, i::UBIGINT AS big, i::FLOAT AS short, ` +
      `CASE WHEN i % 2 = 0 THEN 'NaN'::DOUBLE ELSE 1 END AS holed, [i] AS list, {'a': i} AS struct ` +
      `FROM range(80) AS r(i)) TO '${at('types.parquet')}'`,
  );
  connection.closeSync();
  const { columns, not_compared } = await compareFiles(at('types.parquet'), at('types.parquet'));
  expect(Object.keys(columns)).toEqual(['money', 'big', 'short', 'holed']);
  expect(columns.holed).toMatchObject({ kind: 'number', psi: 0, ks: { statistic: 0 }, nulls_current: 40 });
  expect(Object.keys(not_compared)).toEqual(['list', 'struct']);
});

test('a constant that moves has drifted, to either side', async () => {
  const constant = (value: number) =>
    table(`constant-${value}.csv`, { x: range(500, () => value), y: range(500, (i) => i) });
  for (const value of [3, 7]) {
    const { columns } = await compareFiles(constant(5), constant(value));
    expect(columns.x!.psi_corrected).toBeGreaterThan(5);
    expect(columns.x!.ks!.statistic).toBe(1);
    expect(columns.y!.psi).toBe(0);
  }
});

test('what is stored for the while goes with the process, also by Ctrl-C', async () => {
  const scratch = join(import.meta.dirname, '..', '..', 'src', 'drift-files', 'scratch.ts');
  const program = `import { Scratch } from ${JSON.stringify(scratch)}; console.log(new Scratch('x-').path); setInterval(() => {}, 1e6)`;
  const temporary = at('interrupted');
  mkdirSync(temporary);
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  expect(readdirSync(temporary)).toHaveLength(1);
  expect(String(line)).toContain(temporary);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
  expect(readdirSync(temporary)).toEqual([]);
});

test('text and booleans are compared by their levels, missing values a level of their own', async () => {
  const reference = table('levels-r.csv', {
    city: range(100, (i) => (i < 60 ? 'Bern' : i < 90 ? 'Basel' : null)),
    paid: range(100, (i) => i % 2 === 0),
  });
  const current = table('levels-c.csv', {
    city: range(100, (i) => (i < 60 ? 'Bern' : 'Chur')),
    paid: range(100, (i) => i % 2 === 0),
  });
  const { columns } = await compareFiles(reference, current);
  // Four cells: Bern 60/60, Basel 30/0, Chur 0/40, missing 10/0; each (c + ½)/102.
  const cells = [
    [60, 60],
    [30, 0],
    [0, 40],
    [10, 0],
  ] as const;
  const psi = cells.reduce((sum, [a, b]) => sum + ((b - a) / 102) * Math.log((b + 0.5) / (a + 0.5)), 0);
  expect(columns.city!.psi).toBeCloseTo(psi, 12);
  expect(columns.city).toMatchObject({ kind: 'category', ks: null, nulls_reference: 10, nulls_current: 0 });
  expect(columns.paid).toMatchObject({ kind: 'category', psi: 0, ks: null });
});

test('dates and times are compared by their order', async () => {
  const days = (from: number) =>
    range(60, (i) => new Date(Date.UTC(2026, 0, from + i)).toISOString().slice(0, 10));
  const { columns } = await compareFiles(
    table('days-r.csv', { day: days(1), at: days(1).map((day) => `${day} 12:00:00`) }),
    table('days-c.csv', { day: days(31), at: days(1).map((day) => `${day} 12:00:00`) }),
  );
  expect(columns.day).toMatchObject({ kind: 'time', ks: { statistic: 0.5 } });
  expect(columns.at).toMatchObject({ kind: 'time', ks: { statistic: 0, p_value: 1 } });
});

test('columns that cannot be compared are named with the reason, the others still are', async () => {
  const reference = table('mixed-r.csv', {
    x: range(1_200, (i) => i),
    grade: range(1_200, (i) => i % 3),
    id: range(1_200, (i) => `id-${i}`),
    gone: range(1_200, (i) => i),
    hollow: range(1_200, (i) => i),
  });
  const current = table('mixed-c.csv', {
    x: range(1_200, (i) => i),
    grade: range(1_200, (i) => 'abc'[i % 3]!),
    id: range(1_200, (i) => `id-${i}`),
    hollow: range(1_200, () => 'NaN'),
    fresh: range(1_200, (i) => i),
  });
  const drift = await compareFiles(reference, current);
  expect(Object.keys(drift.columns)).toEqual(['x', 'hollow']);
  expect(drift.columns.x).toMatchObject({ psi: 0, ks: { statistic: 0, p_value: 1 } });
  expect(drift.columns.hollow).toMatchObject({ kind: 'number', ks: null, nulls_current: 1_200 });
  expect(drift.columns.hollow!.psi).toBeGreaterThan(5);
  expect(drift.only_in_reference).toEqual(['gone']);
  expect(drift.only_in_current).toEqual(['fresh']);
  expect(drift.not_compared).toEqual({
    grade: 'numbers in the reference, text or booleans in the current file',
    id: 'text with more than 1000 different values, such as ids, has no distribution to compare',
  });
  const text = driftText(drift);
  expect(text.indexOf('hollow')).toBeLessThan(text.indexOf('\nx '));
  expect(text).toContain('above 0.2: drifted');
  expect(text).toContain('Only in the reference: gone');
});

test('a value far down that is no number makes a column text, it does not stop the reading', async () => {
  const late = range(30_000, (i) => (i === 29_000 ? 'oops' : i % 50));
  const { columns } = await compareFiles(
    table('late-r.csv', { x: late }),
    table('late-c.csv', { x: late.map((value) => value) }),
  );
  expect(columns.x).toMatchObject({ kind: 'category', psi: 0, n_reference: 30_000 });
});

test('a file that cannot be compared is refused with what was expected', async () => {
  const good = table('good.csv', { x: [1, 2, 3] });
  const refused = (file: string) => expect(compareFiles(file, good)).rejects;
  await refused(at('nowhere.csv')).toThrow(/nowhere\.csv: no such file; expected a CSV or Parquet file/);
  await refused(csv('empty.csv', '')).toThrow(/empty\.csv is empty: expected a line of column names/);
  await refused(csv('header.csv', 'x,y\n')).toThrow(/header\.csv has no rows/);
  await refused(csv('picture.csv', 'GIF89a\0\0\0')).toThrow(/picture\.csv is neither CSV nor Parquet/);
  await refused(csv('cut.parquet', 'PAR1 and then nothing')).toThrow(
    /cut\.parquet cannot be read as Parquet: /,
  );
  mkdirSync(at('folder'));
  await refused(at('folder')).toThrow(/folder is no file/);
});

test('agentops drift prints the documented JSON without any service, and leaves nothing behind', async () => {
  const temporary = at('tmp');
  mkdirSync(temporary);
  const env = { ...process.env, TMPDIR: temporary };
  const { reference, current } = published();
  const args = ['drift', '--reference', reference, '--current'];
  const { stdout } = await run(process.execPath, [CLI, ...args, current, '--json'], { env });
  expectPublished(JSON.parse(stdout));
  const missing = at('nowhere.csv');
  const failed = await run(process.execPath, [CLI, ...args, missing], { env }).catch((error) => error);
  expect(failed).toMatchObject({ code: 1, stdout: '' });
  expect(failed.stderr).toBe(`agentops: ${missing}: no such file; expected a CSV or Parquet file\n`);
  expect(readdirSync(temporary)).toEqual([]);
});
