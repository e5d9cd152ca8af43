import { expect, test } from '@jest/globals';
import { taskStatements } from '../../src/platform/snowflake/tasks.ts';
import { createTables } from '../../src/warehouse/schema.ts';
import { snowflakeDialect } from '../../src/warehouse/snowflake/dialect.ts';
import { createStatements } from '../../src/warehouse/statements.ts';
import { faultsIn, judge } from '../support/parse-snowflake.ts';

const window = { from: '2026-03-01T00:00:00.000Z', to: '2026-03-01T01:00:00.000Z' };
const features = ['V1', 'amount'];
const grid = { center: 0, spread: 1 };

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
    histograms: scopes.map((scope) => statements.histograms(scope, { V1: grid, amount: grid })),
    outcomes: scopes.map((scope) => statements.outcomes(scope)),
    trend: scopes.flatMap((scope) => [features, []].map((each) => statements.trend(scope, 60, each))),
    quality: scopes.map((scope) => statements.quality(scope, features, [])),
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
    runs: taskStatements.runs('transactions', window),
    execute: taskStatements.execute('AGENTOPS.PUBLIC.LOAD'),
    history: taskStatements.history('LOAD', window.from),
  };
  return Object.values(samples).map(({ sql }) => sql);
}

test("every SQL text of the port and of reruns is Snowflake's", async () => {
  expect(await faultsIn([...portStatements(), ...rerunStatements(), ...createTables('Snowflake')])).toEqual(
    [],
  );
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
