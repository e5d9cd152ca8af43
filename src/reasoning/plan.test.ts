import { expect, test } from '@jest/globals';
import {
  caseOf,
  deployedAtOnset,
  drift,
  driftStory,
  fallen,
  grounded,
  NOW,
  ONSET,
  outcomes,
  riskyNames,
  trend,
  versions,
} from '../../tests/investigate/fixtures.ts';
import { diagnoseByRules } from './diagnose-by-rules.ts';
import type { Facts, TrendFacts } from './facts.ts';
import { riskyOf } from './plan.ts';

test('too few labelled rows since the onset: no retraining, and it says how many are needed', () => {
  const diagnosis = diagnoseByRules(caseOf('model_drift', driftStory({ labelled: 21_000, positives: 420 })));
  expect(diagnosis.category).toBe('upstream_change');
  expect(riskyNames(diagnosis)).toEqual([]);
  expect(diagnosis.not_found.join()).toMatch(/not recommended yet: 21000 labelled rows with 420 positives/);
});

test('a step denied in this fault is not proposed again; one denied before it says what differs', () => {
  const past = (at: string) => ({
    incident_id: 'INC-2026-1121',
    at,
    action: 'retrain_model',
    outcome: 'denied' as const,
    details: 'denied by ana: not during the sale',
  });
  const again = diagnoseByRules(caseOf('model_drift', driftStory(), { pastActions: [past(NOW)] }));
  expect(riskyNames(again)).toEqual([]);
  expect(again.not_found.join()).toContain('rollback_model only stands in for retrain_model');
  expect(again.not_found.join()).toContain('nothing measured since then differs');
  const earlier = past('2026-11-21T09:00:00.000Z');
  const later = diagnoseByRules(caseOf('model_drift', driftStory(), { pastActions: [earlier] }));
  expect(riskyOf(later.recommended_actions)).toMatchObject([
    {
      action: 'retrain_model',
      condition: expect.stringMatching(/denied in INC-2026-1121.*different now/),
    },
    { action: 'rollback_model', only_after_failure: true },
  ]);
  const old = past('2026-11-01T09:00:00.000Z');
  expect(riskyNames(diagnoseByRules(caseOf('model_drift', driftStory(), { pastActions: [old] })))).toEqual([
    'retrain_model',
    'rollback_model',
  ]);
});

test('what stands in for a step that failed goes first, unlike for one that a person denied', () => {
  const past = (outcome: 'failed' | 'did_not_help' | 'denied') => ({
    ...{ incident_id: 'INC-2026-1121', at: '2026-11-21T09:00:00.000Z', action: 'retrain_model' },
    ...{ outcome, details: 'no capacity' },
  });
  const risky = (outcome: Parameters<typeof past>[0]) =>
    riskyNames(diagnoseByRules(caseOf('model_drift', driftStory(), { pastActions: [past(outcome)] })));
  expect(risky('failed')).toEqual(['rollback_model', 'retrain_model']);
  expect(risky('did_not_help')).toEqual(['rollback_model', 'retrain_model']);
  expect(risky('denied')).toEqual(['retrain_model', 'rollback_model']);
});

test('a fallback with memory stays one', () => {
  const past = {
    incident_id: 'INC-2026-1121',
    at: '2026-11-21T09:00:00.000Z',
    action: 'rollback_model',
    outcome: 'failed' as const,
    details: '409',
  };
  const plan = diagnoseByRules(caseOf('model_drift', driftStory(), { pastActions: [past] }));
  const [first, second] = riskyOf(plan.recommended_actions);
  expect(first).toMatchObject({ action: 'retrain_model' });
  expect(second).toMatchObject({
    action: 'rollback_model',
    only_after_failure: true,
    condition: expect.stringMatching(/^if retrain fails; rollback_model failed in INC-2026-1121/),
  });
});

test('scaling stands in for a rollback only where there is one', () => {
  const slow = (deployments: object) => [
    outcomes({ latency_p99_ms: 2_400 }),
    { ...versions({ ...deployedAtOnset, activeF1: 0.91 }), ...deployments },
    trend([{ series: 'latency_p99_ms' }]),
  ];
  const risky = (facts: Facts[]) => riskyOf(diagnoseByRules(caseOf('latency', facts)).recommended_actions);
  expect(risky(slow({}))).toMatchObject([
    { action: 'rollback_model' },
    { action: 'scale_infrastructure', condition: 'if rollback fails', only_after_failure: true },
  ]);
  const [alone, ...more] = risky(slow({ versions: [versions().versions[1]!] }));
  expect(alone).toEqual({ action: 'scale_infrastructure', priority: 3, requires_approval: true });
  expect(more).toEqual([]);
});

test('after a rollback, the version that was rolled back is not where the next one goes', () => {
  const facts = versions({ ...deployedAtOnset, activeF1: 0.82 });
  const [v1, v2] = facts.versions;
  const log = (kind: 'deploy' | 'rollback', from: string, to: string) => ({
    ...facts.deployments[0]!,
    kind,
    from,
    to,
  });
  const rolledBack = {
    ...facts,
    versions: [v1!, v2!, { ...v1!, version: 'v3' }],
    deployments: [log('deploy', 'v1', 'v2'), log('deploy', 'v2', 'v3'), log('rollback', 'v3', 'v2')],
  };
  const { claims, not_found } = diagnoseByRules(
    caseOf('accuracy_drop', [fallen(), trend([{ series: 'f1' }]), rolledBack]),
  );
  const said = [...claims.map(({ text }) => text), ...not_found].join();
  expect(said).toContain('v1 had F1 0.905 while it served');
  expect(said).not.toContain('v3 had');
});

test('without an onset, retraining takes the rows since a time by which F1 had fallen', () => {
  const window = { from: ONSET, to: NOW };
  const bucket = (n: number, tp: number, fn: number) => ({
    ...{ at: new Date(Date.parse(ONSET) + n * 300_000).toISOString(), means: {} },
    ...{ n: 5_000, labelled: 5_000, flagged: tp, tp, fp: 5, fn, latency_p99_ms: 90 },
  });
  const told = (missed: number) => {
    const points = Array.from({ length: 12 }, (_, i) =>
      bucket(i, 100 - (i < 3 ? missed : 50), i < 3 ? missed : 50),
    );
    const facts = [
      fallen({ window, labelled: 120_000, positives: 2_400 }),
      { ...trend(), points: points as TrendFacts['points'] },
    ];
    return grounded(caseOf('accuracy_drop', facts));
  };
  const old = told(50);
  expect(riskyNames(old)).toEqual(['retrain_model', 'rollback_model']);
  expect(old).toMatchObject({ category: 'concept_drift', onset: ONSET });
  expect(old.root_cause).toContain('since 2026-11-23 11:00 UTC or before');
  expect(old.claims.map(({ text }) => text).join()).toMatch(
    /120000 labelled rows .* since 2026-11-23 11:00 UTC/,
  );
  const recent = told(8);
  expect(riskyNames(recent)).toEqual([]);
  expect(recent).toMatchObject({ category: 'concept_drift', onset: null });
});

test('a change that hurts nothing is told, and mended by nobody', () => {
  const quiet = driftStory().map((item) =>
    item.kind === 'outcomes' ? outcomes() : item.kind === 'drift' ? drift({ V27: 0.5 }, 0.02) : item,
  );
  const weak = [...quiet.filter(({ kind }) => kind !== 'trend'), trend([{ series: 'V27' }])];
  const diagnosis = grounded(caseOf('model_drift', weak));
  expect(diagnosis.category).toBe('upstream_change');
  expect(diagnosis.root_cause).toMatch(/^V27 left its training distribution/);
  expect(riskyNames(diagnosis)).toEqual([]);
  expect(diagnosis.not_found.join()).toContain('retraining is not recommended: nothing shows');
  const heeded = (f1_interval: [number, number]) =>
    driftStory().map((item) => {
      if (item.kind === 'outcomes') return outcomes({ f1: 0.885, f1_interval });
      return item.kind === 'drift' ? drift({ V14: 0.5 }, 0.2) : item;
    });
  const first = (f1_interval: [number, number]) =>
    riskyNames(grounded(caseOf('model_drift', heeded(f1_interval))))[0];
  expect([first([0.87, 0.9]), first([0.87, 0.92])]).toEqual(['retrain_model', undefined]);
});
