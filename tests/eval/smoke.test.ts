import { expect, test } from '@jest/globals';
import { drawInstances } from '../../bench/eval/draw.ts';
import { evaluate } from '../../bench/eval/evaluate.ts';
import { readScenarios } from '../../bench/eval/scenario.ts';
import { policy } from '../investigate/fixtures.ts';

/** One instance of each of these, all in the world with the least traffic, so that one is seeded. */
const FILES = [
  'upstream-change-recent',
  'source-outage',
  'duplicate-load',
  'slow-model',
  'healthy-herrings',
  'hostile-healthy',
];

test('scenarios end in the right diagnosis, from rows in the warehouse to actions, with claims that stand', async () => {
  const all = readScenarios('tests/scenarios');
  const scenarios = FILES.map((name) => {
    const scenario = all.find(({ file }) => file === `${name}.yaml`);
    if (!scenario) throw new Error(`no scenario ${name}.yaml`);
    return { ...scenario, count: 1, traffic: ['low' as const] };
  });
  const instances = drawInstances(scenarios, 11);
  const got: Record<string, unknown> = {};
  for await (const { instance, scores } of evaluate(instances, {
    seed: 11,
    policy,
    systems: { rules: null },
  })) {
    const { right, bad_claims, risky_on_healthy } = scores.rules!;
    got[instance.scenario.file] = { right, bad_claims, risky_on_healthy };
  }
  const fine = {
    right: { alert_type: true, category: true, features: true, first_action: true },
    bad_claims: [],
    risky_on_healthy: [],
  };
  expect(got).toEqual(Object.fromEntries(FILES.map((name) => [`${name}.yaml`, fine])));
}, 180_000);
