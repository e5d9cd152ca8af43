import { expect, test } from '@jest/globals';
import {
  alert,
  caseOf,
  deployedAtOnset,
  driftStory,
  fallen,
  grounded,
  outcomes,
  quality,
  riskyNames,
  trend,
  upstream,
  versions,
} from '../../../tests/investigate/fixtures.ts';
import { entryOf } from '../../domain/actions/catalogue.ts';
import type { Capability } from '../../domain/component-status.ts';
import { type DiagnoseInput, openCase } from '../case-file.ts';
import { diagnosisOf } from '../model/draft.ts';
import { firstPrompt } from '../model/prompts.ts';
import type { Draft } from '../model/schema.ts';

const CAPABILITIES: Capability[] = ['registry', 'trainer', 'pipelines', 'serving'];
const without = (input: DiagnoseInput, ...missing: Capability[]) => ({
  ...input,
  alerts: [alert(input.strategy, { affected_component: 'chargeback_v2' })],
  missing,
});
const drifted = caseOf('model_drift', driftStory());
const regressed = caseOf('accuracy_drop', [fallen(), trend([{ series: 'f1' }]), versions(deployedAtOnset)]);
const broken = caseOf('data_quality', [quality({ record_count: 10_000 }), upstream({ what: 'failed' })]);
const slow = caseOf('latency', [
  outcomes({ latency_p99_ms: 2_400 }),
  versions({ ...deployedAtOnset, activeF1: 0.91 }),
  trend([{ series: 'latency_p99_ms' }]),
]);

test.each<[DiagnoseInput, Capability[], string[], string[]]>([
  [drifted, ['trainer'], [], ['retraining is not proposed: chargeback has no trainer (policy)']],
  [
    drifted,
    ['trainer', 'registry'],
    [],
    ['retraining is not proposed: chargeback has no registry and no trainer (policy)'],
  ],
  [drifted, ['pipelines', 'serving'], ['retrain_model', 'rollback_model'], []],
  [regressed, ['registry'], [], ['a rollback is not proposed: chargeback has no registry (policy)']],
  [
    broken,
    ['pipelines'],
    [],
    ['a rerun of the pipeline is not proposed: chargeback has no pipelines (policy)'],
  ],
  [
    slow,
    ['registry'],
    ['scale_infrastructure'],
    ['a rollback is not proposed: chargeback has no registry (policy)'],
  ],
  [slow, ['serving'], ['rollback_model'], ['scaling is not proposed: chargeback has no serving (policy)']],
])(
  'a step that lacks a capability is not proposed, and a remark says why (%#)',
  (input, missing, risky, remarks) => {
    const whole = grounded(without(input));
    const diagnosis = grounded(without(input, ...missing));
    expect(riskyNames(diagnosis)).toEqual(risky);
    expect(diagnosis.not_found.filter((text) => text.includes('not proposed'))).toEqual(remarks);
    expect(diagnosis).toMatchObject({ category: whole.category, root_cause: whole.root_cause });
  },
);

test('a fallback whose action is not possible is a step like others', () => {
  const { recommended_actions } = grounded(without(slow, 'registry'));
  expect(recommended_actions.at(-1)).toEqual({
    action: 'scale_infrastructure',
    priority: 3,
    requires_approval: true,
  });
});

test('whatever is missing, no plan and no schema of the model holds an action that needs it', () => {
  for (const input of [drifted, regressed, broken, slow])
    for (let set = 0; set < 2 ** CAPABILITIES.length; set++) {
      const missing = CAPABILITIES.filter((_, i) => set & (1 << i));
      const given = without(input, ...missing);
      const lacks = (action: string) => entryOf(action).needs.some((need) => missing.includes(need));
      expect(grounded(given).recommended_actions.filter(({ action }) => lacks(action))).toEqual([]);
      const { user, format } = firstPrompt(openCase(given), false)!;
      const offered = (format as { properties: { recommended_actions: { items: { enum: string[] } } } })
        .properties.recommended_actions.items.enum;
      for (const action of [
        'retrain_model',
        'rollback_model',
        'rerun_pipeline',
        'scale_infrastructure',
      ] as const) {
        expect(offered.includes(action)).toBe(!lacks(action));
        expect(user[0]!.includes(`not possible: ${action}, as chargeback has no`)).toBe(lacks(action));
      }
    }
});

test('a model that recommends such a step is corrected, and told why', () => {
  const c = openCase(without(drifted, 'trainer'));
  const draft = {
    ...{
      claims: [],
      root_cause: 'V14 moved.',
      category: 'upstream_change',
      verdict: 'likely',
      confidence: 1,
    },
    ...{ recommended_actions: ['retrain_model'], runbook_reference: null, similar_incidents: [] },
    not_found: [],
  } as Draft;
  const { diagnosis, faults } = diagnosisOf(draft, c, 'scripted');
  expect(riskyNames(diagnosis)).toEqual([]);
  expect(diagnosis.not_found).toContain('retraining is not proposed: chargeback has no trainer (policy)');
  expect(faults.join()).toMatch(/retrain_model: not possible .*possible: none \(retraining is not proposed/);
});
