import { expect, test } from '@jest/globals';
import type { Instance } from '../../bench/eval/draw.ts';
import { textReport } from '../../bench/eval/report.ts';
import { parseScenario } from '../../bench/eval/scenario.ts';
import { calibrationOf, type Score, scoreOf, summarise } from '../../bench/eval/score.ts';
import { diagnoseByRules } from '../../src/reasoning/diagnose-by-rules.ts';
import { caseOf, driftStory, policy } from '../investigate/fixtures.ts';

const scenario = parseScenario(
  `
title: drift
expect: { alert_type: [model_drift], category: [upstream_change], features: drawn, first_action: [retrain_model] }
`,
  'drift.yaml',
);
const instance = (over: Partial<Instance> = {}): Instance => ({
  id: 'drift.yaml#1',
  scenario,
  traffic: 'low',
  faults: [],
  herrings: [],
  features: ['V14', 'V17'],
  ...over,
});
const input = caseOf('model_drift', driftStory());
const outcome = { strategy: 'model_drift' as const, alerts: input.alerts, evidence: input.evidence };
const diagnosis = diagnoseByRules(input);

test('a right diagnosis is right in every part, and its claims stand on what they cite', () => {
  const score = scoreOf(instance(), outcome, diagnosis, policy);
  expect(score.right).toEqual({ alert_type: true, category: true, features: true, first_action: true });
  expect(score.bad_claims).toEqual([]);
  expect(score.claims).toBe(diagnosis.claims.length);
});

test('each part is judged by itself', () => {
  const healthyWorld = {
    ...scenario,
    expect: { ...scenario.expect, category: ['healthy' as const], healthy: true },
  };
  const score = scoreOf(instance({ scenario: healthyWorld, features: ['V14'] }), outcome, diagnosis, policy);
  expect(score.right).toEqual({ alert_type: true, category: false, features: false, first_action: true });
  expect(score.risky_on_healthy).toEqual(['retrain_model', 'rollback_model']);
  const [first, ...rest] = diagnosis.claims;
  const swapped = { ...diagnosis, claims: [{ ...first!, evidence: rest.at(-1)!.evidence }, ...rest] };
  expect(scoreOf(instance(), outcome, swapped, policy).bad_claims).toHaveLength(1);
});

test('nothing raised where something was expected is a miss, and where nothing was expected it is right', () => {
  const nothing = { strategy: null, alerts: [], evidence: [] };
  expect(scoreOf(instance(), nothing, null, policy).right).toMatchObject({
    alert_type: false,
    category: false,
  });
  const quiet = {
    alert_type: [],
    category: ['healthy' as const],
    first_action: ['none' as const],
    healthy: true,
  };
  const well = instance({ scenario: { ...scenario, expect: quiet } });
  expect(Object.values(scoreOf(well, nothing, null, policy).right)).not.toContain(false);
});

const base = scoreOf(instance(), outcome, diagnosis, policy);
const said = (confidence: number, category: boolean, verdict = 'likely'): Score => ({
  ...base,
  got: { ...base.got, confidence, verdict },
  right: { ...base.right, category },
});

test('calibration is by the confidence of what was decided', () => {
  const { n, brier, ece, bins } = calibrationOf([
    said(0.9, true),
    said(0.9, true),
    said(0.9, false),
    said(0.7, true),
    said(0.4, false, 'inconclusive'),
  ]);
  expect(n).toBe(4);
  expect(brier).toBeCloseTo((0.01 + 0.01 + 0.81 + 0.09) / 4);
  expect(bins.map((bin) => bin.n)).toEqual([1, 3]);
  expect(ece).toBeCloseTo((0.3 * 1 + Math.abs(0.9 - 2 / 3) * 3) / 4);
  expect(calibrationOf([])).toEqual({ n: 0, brier: 0, ece: 0, bins: [] });
});

test('the summary counts by type, confuses by category and lists what failed', () => {
  const wrong: Score = {
    ...said(0.8, false),
    id: 'x#1',
    alert_type: 'latency',
    got: { ...base.got, category: 'unknown' },
  };
  const summary = summarise([base, wrong]);
  expect(summary.overall).toMatchObject({ n: 2, category: 0.5, first_action: 1 });
  expect(summary.by_alert_type).toMatchObject({
    model_drift: { n: 1, category: 1 },
    latency: { n: 1, category: 0 },
  });
  expect(summary.confusion).toEqual({ upstream_change: { upstream_change: 1, unknown: 1 } });
  expect(summary.failures.map(({ id }) => id)).toEqual(['x#1']);
  const text = textReport('rules', summary);
  expect(text).toMatch(/x#1 +category: expected upstream_change, got unknown/);
  expect(text).toContain('0 of 0 with a risky action');
});
