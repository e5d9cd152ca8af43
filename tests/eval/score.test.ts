import { expect, test } from '@jest/globals';
import type { Instance } from '../../bench/eval/draw.ts';
import { offences, textReport } from '../../bench/eval/report.ts';
import { parseScenario } from '../../bench/eval/scenario.ts';
import { calibrationOf, type Score, scoreOf, summarise } from '../../bench/eval/score.ts';
import { diagnoseByRules } from '../../src/reasoning/diagnose-by-rules.ts';
import { groundedOnly } from '../../src/reasoning/grounding/check.ts';
import { caseOf, driftStory, policy } from '../investigate/fixtures.ts';

const scenario = parseScenario(
  `
title: drift
faults: [{ name: upstream_change, params: { features: { V14: { shift: 1 }, V17: { shift: 1 } } } }]
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
  expect(score.bad_references).toEqual([]);
  expect(score.claims).toBe(diagnosis.claims.length + 1);
});

test('a claim that was left out as nothing bears it counts as one that does not stand', () => {
  const wrong = { ...diagnosis.claims[0]!, text: 'V14 (PSI 0.99) drifted.' };
  const left = groundedOnly({ ...diagnosis, claims: [wrong, ...diagnosis.claims] }, { ...outcome, policy });
  const score = scoreOf(instance(), outcome, left, policy);
  expect(score.bad_claims).toEqual([expect.stringMatching(/^left out, as .*0\.99/)]);
  expect(score.claims).toBe(diagnosis.claims.length + 2);
  expect(summarise([score]).citations).toEqual({
    claims: score.claims,
    valid: score.claims - 1,
    bad_references: 0,
  });
  expect(summarise([score]).failures).toEqual(['drift.yaml#1']);
});

test('the root cause stands on what it cites as a claim does, with all reasons in one', () => {
  const score = scoreOf(instance(), outcome, { ...diagnosis, root_cause: 'v9 broke V28 by 0.77.' }, policy);
  expect(score.bad_claims).toEqual([expect.stringMatching(/^root cause: .*"v9".*, .*0\.77/)]);
  expect(score.claims).toBe(diagnosis.claims.length + 1);
});

test('references to what was not found are told apart from claims', () => {
  const elsewhere = { ...diagnosis, runbook_reference: 'runbook_none.md#section-1' };
  const score = scoreOf(instance(), outcome, elsewhere, policy);
  expect(score).toMatchObject({
    bad_claims: [],
    bad_references: ['runbook_none.md#section-1: not among the sections found'],
  });
  expect(summarise([score])).toMatchObject({ citations: { bad_references: 1 }, failures: ['drift.yaml#1'] });
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
  expect(summary.failures).toEqual(['x#1']);
  expect(summary.scores.map(({ id, got }) => [id, got.category])).toEqual([
    ['drift.yaml#1', 'upstream_change'],
    ['x#1', 'unknown'],
  ]);
  const text = textReport('rules', summary);
  expect(text).toMatch(/x#1 +category: expected upstream_change, got unknown/);
  expect(text).toContain('0 of 0 with a risky action');
});

test('features count where some are expected', () => {
  const unasked: Score = { ...base, expected: { ...base.expected, features: [] } };
  const missed: Score = { ...base, right: { ...base.right, features: false } };
  expect(summarise([base, missed, unasked, unasked]).overall).toMatchObject({
    n: 4,
    features: 0.5,
    n_features: 2,
  });
  const none = summarise([unasked]);
  expect(none.overall).toMatchObject({ features: null, n_features: 0 });
  expect(textReport('rules', none)).toMatch(/^all +1 .*–$/m);
});

test('a risky action where nothing is wrong is an offence, by system and instance', () => {
  const risky: Score = { ...base, id: 'h#2', healthy: true, risky_on_healthy: ['rollback_model'] };
  expect(offences({ rules: summarise([base]), model: summarise([base, risky]) })).toEqual([
    'model: risky actions on healthy instances: h#2 rollback_model',
  ]);
});
