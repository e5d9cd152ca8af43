import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { seedWarehouse } from '../../seed/load.ts';
import type { Target } from '../../src/sandbox/mirror/target.ts';
import { snowflakeDialect } from '../../src/warehouse/snowflake-dialect.ts';
import { taskStatements } from '../../src/warehouse/snowflake-tasks.ts';
import { createStatements } from '../../src/warehouse/statements.ts';
import { fakesnowPython } from '../support/fakesnow.ts';

/** Functions of Snowflake that the parser has no class for. */
const KNOWN = ['IS_NULL_VALUE', 'TASK_HISTORY', 'TO_TIMESTAMP_NTZ'];

async function judge(texts: string[]): Promise<{ problem: string | null; unknown: string[] }[]> {
  const python = await fakesnowPython();
  const script = join(import.meta.dirname, '..', 'support', 'parse_snowflake.py');
  const asked = promisify(execFile)(python, [script], { maxBuffer: 64_000_000 });
  asked.child.stdin!.end(JSON.stringify(texts));
  return JSON.parse((await asked).stdout);
}

const window = { from: '2026-03-01T00:00:00.000Z', to: '2026-03-01T01:00:00.000Z' };
const features = ['V1', 'amount'];

/** Every statement of the port, in each of its forms. */
function portStatements(): string[] {
  const statements = createStatements(snowflakeDialect);
  const scopes = [
    { model: 'fraud', window },
    { model: 'fraud', window, version: 'v2', labelled: true },
  ];
  const incident = { incident_id: 'INC-2026-0301', timestamp: window.from, alert_type: 'latency' };
  const rest = { severity: 'warning', root_cause: '', resolution: '', duration_minutes: 1 };
  const samples: Record<keyof typeof statements, { sql: string }[]> = {
    quantiles: scopes.map((scope) => statements.quantiles(scope, features, [0.5])),
    histograms: scopes.map((scope) => statements.histograms(scope, { V1: [0], amount: [1, 2] })),
    outcomes: scopes.map((scope) => statements.outcomes(scope)),
    trend: scopes.flatMap((scope) => [features, []].map((each) => statements.trend(scope, 60, each))),
    quality: scopes.map((scope) => statements.quality(scope, features)),
    modelMetrics: [statements.modelMetrics('fraud', window)],
    dataQuality: [statements.dataQuality('transactions', window)],
    pipelineRuns: [statements.pipelineRuns(['transactions', 'labels'], window)],
    incidents: [statements.incidents(window)],
    saveIncident: [statements.saveIncident({ ...incident, ...rest })],
  };
  return Object.values(samples).flatMap((each) => each.map(({ sql }) => sql));
}

function rerunStatements(): string[] {
  const request = { key: 'k', pipeline: 'transactions', task: 'LOAD', window, by: 'agentops', reason: '' };
  const samples: Record<keyof typeof taskStatements, { sql: string }> = {
    request: taskStatements.request(request),
    claim: taskStatements.claim('k'),
    refused: taskStatements.refused('k', 'no'),
    find: taskStatements.find('k'),
    execute: taskStatements.execute('AGENTOPS.PUBLIC.LOAD'),
    history: taskStatements.history('LOAD', window.from),
  };
  return Object.values(samples).map(({ sql }) => sql);
}

/** What seeding and the sandbox's copying send: tables, counts, deletions, rows. */
async function seedStatements(): Promise<string[]> {
  const texts = new Set<string>();
  const run: Target['run'] = async ({ sql }) => {
    texts.add(sql);
    return [{ a: window.from, b: window.to }];
  };
  const snowflake: Target = { name: 'test', run, transaction: (work) => work(run), close: async () => {} };
  const dataDir = await mkdtemp(join(tmpdir(), 'agentops-seed-'));
  const log = pino({ level: 'silent' });
  await seedWarehouse({ dataDir, seed: 1, usualSeed: 1, reset: true, snowflake, log, trafficPerSecond: 0.5 });
  await rm(dataDir, { recursive: true });
  return [...texts];
}

test("every SQL text of the project is Snowflake's", async () => {
  const seeding = await seedStatements();
  expect(seeding.filter((sql) => sql.startsWith('CREATE TABLE'))).toHaveLength(6);
  expect(seeding.filter((sql) => sql.startsWith('INSERT INTO'))).toHaveLength(5);
  const texts = [...portStatements(), ...rerunStatements(), ...seeding];
  const judged = await judge(texts);
  const wrong = texts.flatMap((sql, i) => {
    const { problem, unknown } = judged[i]!;
    const functions = unknown.filter((name) => !KNOWN.includes(name));
    const bad = problem !== null && !sql.startsWith('EXECUTE TASK ');
    return bad || functions.length > 0 ? [{ sql, problem, functions }] : [];
  });
  expect(wrong).toEqual([]);
});

test("what is not Snowflake's is found", async () => {
  const [misspelt, foreign, unparsed, two, cast] = await judge([
    'SELEC 1 FROM T WHERE',
    'SELECT json_transform(features) FROM T',
    'CREATE TABEL T (a INTEGER)',
    'SELECT 1; SELECT 2',
    'SELECT ?::TIMESTAMP',
  ]);
  expect(misspelt!.problem).not.toBeNull();
  expect(foreign!.unknown).toEqual(['JSON_TRANSFORM']);
  expect(unparsed!.problem).toContain('not parsed');
  expect(two!.problem).toContain('one statement');
  expect(cast!.problem).not.toBeNull();
});
