import { expect, test } from '@jest/globals';
import type { Instance } from '../../bench/eval/draw.ts';
import { evaluate } from '../../bench/eval/evaluate.ts';
import { parseScenario } from '../../bench/eval/scenario.ts';
import { FAULTS } from '../../src/sandbox/faults/index.ts';
import { policy } from '../investigate/fixtures.ts';

/**
 * Nothing that is generated about a running fault names it. Exempt, as they must: texts of runbooks and incident reports and
 * what was asked of them, and where the diagnosis itself concludes (category, root cause, what it could not find).
 */

const NAMES = Object.keys(FAULTS);
/** Words of the simulation, and those of its parameters that no honest record has. */
const KNOBS =
  /simulat|sandbox|\binject|label_delay|rows_per_second|\bramp\b|\bslowdown\b|\bmagnitude\b|"(taken|lost|factor|times|share|segment|relabel)":/i;

const nothing = parseScenario(
  'title: any\nexpect: { alert_type: [], category: [unknown], first_action: [none] }',
  'any.yaml',
);
const instanceOf = (name: string): Instance => ({
  id: name,
  scenario: nothing,
  traffic: 'low',
  faults: [{ name, minutesAgo: null, params: {} }],
  herrings: [],
  features: [],
});

test('evidence, alerts and claims name neither fault nor knobs, for every fault', async () => {
  const played: string[] = [];
  const settings = { seed: 3, policy, systems: { rules: null } };
  for await (const { instance, outcome } of evaluate(NAMES.map(instanceOf), settings)) {
    const evidence = outcome.evidence
      .filter(({ tool }) => !tool.startsWith('search_'))
      .map((item) => ({ ...item, documents: [] }));
    const claims = Object.values(outcome.diagnoses).flatMap((diagnosis) => diagnosis.claims);
    const text = JSON.stringify([
      evidence,
      outcome.alerts,
      claims.filter(({ text }) => !/runbook|record/.test(text)),
    ]);
    const name = new RegExp(instance.id.replaceAll('_', '[ _-]'), 'i');
    expect([instance.id, text.match(name)?.[0], text.match(KNOBS)?.[0]]).toEqual([
      instance.id,
      undefined,
      undefined,
    ]);
    played.push(instance.id);
  }
  expect(played).toEqual(NAMES);
}, 600_000);
