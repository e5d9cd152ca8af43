import { expect, test } from '@jest/globals';
import {
  caseOf,
  DRIFTED,
  deployedAtOnset,
  drift,
  driftStory,
  fallen,
  grounded,
  health,
  NOW,
  outcomes,
  quality,
  riskyNames,
  trend,
  upstream,
  versions,
} from '../../../tests/investigate/fixtures.ts';
import { diagnoseByRules } from '../diagnose-by-rules.ts';
import type { UpstreamFacts } from '../facts.ts';

test('a version that is known to have served well is no new one, one that a canary showed for minutes is', () => {
  const facts = versions(deployedAtOnset);
  const [took] = facts.deployments;
  const cause = (first: string, back: string, earlier: { f1: number | null; positives: number }) => {
    const deployments = [{ ...took!, at: first }, { ...took!, at: back, from: 'v2', to: 'v1' }, took!];
    const window = { from: '2026-11-22T10:58:00.000Z', to: took!.at };
    const item = { ...facts, deployments, earlier: { ...earlier, window } };
    return grounded(caseOf('accuracy_drop', [fallen(), trend([{ series: 'f1' }]), item])).category;
  };
  const canary = ['2026-11-23T04:00:00.000Z', '2026-11-23T04:10:00.000Z'] as const;
  const weeks = ['2026-11-01T00:00:00.000Z', '2026-11-23T10:50:00.000Z'] as const;
  expect(cause(...canary, { f1: 0.95, positives: 20 })).toBe('model_regression');
  expect(cause(...canary, { f1: 0.6, positives: 200 })).toBe('model_regression');
  expect(cause(...canary, { f1: 0.905, positives: 200 })).toBe('concept_drift');
  expect(cause(...weeks, { f1: null, positives: 0 })).toBe('concept_drift');
  // The world may have changed before the canary came: the rows of then say nothing of the version.
  expect(cause(...weeks, { f1: 0.7, positives: 900 })).toBe('concept_drift');
});

test('a change shows at the next run of a loader, an hour later where it comes hourly', () => {
  const seenAt = '2026-11-23T11:50:00.000Z';
  const run = (i: number) => ({
    ...{ timestamp: new Date(Date.parse(seenAt) - (5 - i) * 3_600_000).toISOString(), run_id: `r${i}` },
    ...{ pipeline_name: 'transactions', status: 'success', record_count: 9, source: 's', message: '' },
    schema_version: '4',
  });
  const cause = (runs: UpstreamFacts['runs']) => {
    const changed = { ...upstream({ what: 'schema_version', at: seenAt }), runs };
    const facts = driftStory().map((item) => (item.kind === 'upstream' ? changed : item));
    return grounded(caseOf('model_drift', facts)).verdict;
  };
  expect(cause(Array.from({ length: 6 }, (_, i) => run(i)))).toBe('confirmed');
  expect(cause([])).not.toBe('confirmed');
});

test('an earlier version that few frauds judged is no better one, two features of four are few', () => {
  const better = (positives: number) => {
    const facts = versions(deployedAtOnset);
    const recent_f1 = facts.recent_f1.map((r) => (r.version === 'v1' ? { ...r, positives } : r));
    const { claims } = diagnoseByRules(
      caseOf('accuracy_drop', [fallen(), trend([{ series: 'f1' }]), { ...facts, recent_f1 }]),
    );
    return claims.some(({ text }) => text.startsWith('v1 had F1'));
  };
  expect([better(900), better(2)]).toEqual([true, false]);
  const small = { ...drift(DRIFTED, 0.45), features: drift(DRIFTED).features.slice(13, 17) };
  const [, ...rest] = driftStory();
  const { claims } = grounded(caseOf('model_drift', [small, ...rest]));
  expect(claims.map(({ text }) => text)).toContain('Only V14 and V17 moved.');
});

test('a few values missing are neither drift nor a season, whatever else left its level', () => {
  const facts = drift({ V22: 0.31 }, 0.03);
  for (const f of facts.features)
    if (f.feature === 'V22') Object.assign(f, { psi_values: 0, nulls_current: 0.04 * f.n_current });
  const beside = [
    upstream({ what: 'schema_version' }),
    trend([{ series: 'latency_p99_ms' }, { series: 'V9', abrupt: false }]),
  ];
  for (const strategy of ['model_drift', 'data_quality', 'accuracy_drop'] as const)
    expect(grounded(caseOf(strategy, [facts, ...beside])).category).toBe('healthy');
});

test('a season is told by the features that moved, not by others that crept up', () => {
  const facts = [
    drift({ V14: 0.4, amount: 0.5 }, 0.33),
    trend([
      { series: 'latency_p99_ms', abrupt: false },
      { series: 'flagged_share', abrupt: false },
    ]),
  ];
  expect(grounded(caseOf('model_drift', facts)).category).not.toBe('seasonal_shift');
});

test('trained on as many positives but for chance is a regression, on far fewer it is the training data', () => {
  const cause = (positives: number) => {
    const training = { from: '2026-11-10T00:00:00Z', to: '2026-11-12T00:00:00Z', rows: 60_000, positives };
    const facts = [
      fallen(),
      trend([{ series: 'f1' }]),
      versions({ ...deployedAtOnset, active: { training } }),
    ];
    return diagnoseByRules(caseOf('accuracy_drop', facts)).category;
  };
  expect([600, 950, 1_100, 1_320, 2_400].map(cause)).toEqual([
    'training_data_corruption',
    'training_data_corruption',
    'model_regression',
    'model_regression',
    'training_data_corruption',
  ]);
});

test('rows that are there twice are a loader’s doing, more traffic of ten minutes is not thin in the hour', () => {
  const slow = outcomes({ latency_p99_ms: 2_400 });
  const since = { from: '2026-11-23T11:50:00.000Z', to: NOW };
  const burst = { ...trend([{ series: 'latency_p99_ms' }]), arrivals: { window: since, n: 25_000 } };
  const busy = [slow, burst, quality({ record_count: 75_000 }), health({ cpu: 0.99 })];
  expect(diagnoseByRules(caseOf('latency', busy)).category).toBe('traffic_surge');
  const twice = quality({ record_count: 120_000, repeated_rows: 60_000 });
  expect(diagnoseByRules(caseOf('data_quality', [twice])).category).toBe('duplicate_load');
});

test('features that rows lack are an outage, not drift, unless training lacked them too', () => {
  const lacking = (psi: number, before: number) => {
    const facts = drift({ V3: psi, V7: psi }, 0.05);
    for (const f of facts.features)
      if (f.feature === 'V3' || f.feature === 'V7')
        Object.assign(f, { psi_values: 0, nulls_current: 30_000, nulls_reference: before });
    return diagnoseByRules(caseOf('model_drift', [facts])).category;
  };
  expect([lacking(2, 0), lacking(0.01, 10_000)]).toEqual(['source_outage', 'healthy']);
});

test('too few rows say nothing, neither of a fault nor of health', () => {
  const few = drift({ V14: 2, V17: 2 }, 1);
  for (const f of few.features) f.n_current = 60;
  const facts = [
    few,
    outcomes({ n: 60, labelled: 60, positives: 1, f1: 0, flagged_share: 0.4, latency_p99_ms: 5_000 }),
    quality({ record_count: 4, expected_count: 9, null_rate: 0.5, schema_violations: 4 }),
    upstream({ what: 'failed' }, { what: 'schema_version' }),
  ];
  for (const strategy of [
    'model_drift',
    'accuracy_drop',
    'latency',
    'data_quality',
    'anomaly_spike',
  ] as const) {
    const diagnosis = diagnoseByRules(caseOf(strategy, facts));
    expect([strategy, diagnosis.verdict]).toEqual([strategy, 'inconclusive']);
    expect(riskyNames(diagnosis)).toEqual([]);
  }
});

test('an upstream change long before the onset does not explain it', () => {
  const facts = driftStory().map((item) =>
    item.kind === 'upstream' ? upstream({ what: 'schema_version', at: '2026-11-22T20:00:00.000Z' }) : item,
  );
  const diagnosis = diagnoseByRules(caseOf('model_drift', facts));
  expect(diagnosis.verdict).not.toBe('confirmed');
  expect(diagnosis.not_found.join()).toContain('no change of a pipeline’s schema or source');
});
