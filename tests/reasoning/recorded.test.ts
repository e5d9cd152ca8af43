import { expect, test } from '@jest/globals';
import { openCase } from '../../src/reasoning/case-file.ts';
import { diagnoseByRules } from '../../src/reasoning/diagnose-by-rules.ts';
import { faultsOf, groundedOnly } from '../../src/reasoning/grounding/check.ts';
import { firstPrompt } from '../../src/reasoning/model/prompts.ts';
import { scriptedOllama } from '../support/scripted-ollama.ts';
import { diagnosed, idOf } from './case.ts';
import { recordedCase } from './recorded.ts';

/** The check and the prompt on evidence as the tools really collect it. */

const input = recordedCase();
const byRules = diagnoseByRules(input);
const IDS = {
  drift: idOf(input, 'check_drift'),
  outcomes: idOf(input, 'query_snowflake'),
  quality: idOf(input, 'check_data_quality'),
  health: idOf(input, 'check_model_health'),
  runbooks: idOf(input, 'search_runbooks'),
  incidents: idOf(input, 'search_incidents'),
  trend: idOf(input, 'query_snowflake_history', 'trend'),
  upstream: idOf(input, 'query_snowflake_history', 'upstream'),
  versions: idOf(input, 'compare_model_versions'),
};
type Name = keyof typeof IDS;
const faults = (text: string, names: readonly Name[]) =>
  faultsOf({ ...byRules, claims: [{ text, evidence: names.map((name) => IDS[name]) }] }, input).filter(
    (fault) => fault.startsWith('claim'),
  );

test('the rules’ diagnosis passes, and nothing of it is left out', () => {
  expect(byRules).toMatchObject({ category: 'upstream_change', verdict: 'confirmed' });
  expect(faultsOf(byRules, input)).toEqual([]);
  expect(groundedOnly(byRules, input)).toEqual(byRules);
});

test.each<[string, ...Name[]]>([
  ['The aggregate PSI is 0.45, which exceeds the policy limit of 0.3.', 'drift'],
  ['V14 and V17 show significant drift, with PSI values of 0.81 and 0.61 respectively.', 'drift'],
  ['Only 2 out of 29 features have drifted (V14 and V17).', 'drift'],
  ['The top-2 features moved, V14 (PSI: 0.806) and V17 (PSI: 0.614).', 'drift'],
  ['The model_drift alert on classifier_v2 is borne out: V14 drifted.', 'drift'],
  ['F1 dropped from 0.910 to 0.834, a relative decrease of 8.4%.', 'outcomes'],
  ['F1 score is 0.834 (95% CI: 0.820-0.848) over 93,775 labelled rows.', 'outcomes'],
  ['Recall fell to 0.718 while precision stayed high at 0.995.', 'outcomes'],
  ['The share of flagged predictions fell from 1.92% to 1.39%.', 'outcomes'],
  ['The p99 latency is 83 ms, well below the 1-second limit.', 'outcomes'],
  ['The schema changed from 7.2 to 7.3 at 11:07 UTC on November 23, 2026.', 'upstream'],
  ['Since 23 November the transactions pipeline delivers schema v7.3.', 'upstream'],
  ['The drift is abrupt (onset 11:07 UTC), V14 went from -0.05 to 0.99.', 'trend'],
  ['v1 had an F1 of 0.865 and v2 now has 0.834.', 'versions'],
  ['CPU utilization is at 47% and memory at 43%.', 'health'],
  ['Record volume is normal: 94,567 records, 100.1% of the expected 94,465.', 'quality'],
  ['3.2 What causes high drift in a fraud detection model', 'runbooks'],
  ['V14 drift caused by vendor API change', 'incidents'],
])('%s: true, and passes', (text, ...names) => {
  expect(faults(text, names)).toEqual([]);
});

test.each<[string, ...Name[]]>([
  ['V14 and V17 (PSI 0.61 and 0.81) drifted.', 'drift'],
  ['The PSI of V14 is 0.61.', 'drift'],
  ['V14 had 0.61 and V17 had 0.81 PSI.', 'drift'],
  ['The aggregate PSI is 0.81.', 'drift'],
  ['V14 and V17 did not drift.', 'drift'],
  ['V3 and V25 drifted, V14 and V17 did not.', 'drift'],
  ['29 features drifted.', 'drift'],
  ['F1 rose from 0.834 to 0.910.', 'outcomes'],
  ['F1 is 0.718.', 'outcomes'],
  ['Precision and recall are 0.718 and 0.995.', 'outcomes'],
  ['F1 fell by 50 %.', 'outcomes'],
  ['Latency rose to 1 s.', 'outcomes'],
  ['v1 has F1 0.834, v2 has F1 0.865.', 'versions'],
  ['CPU is at 43 % and memory at 47 %.', 'health'],
  ['The schema went from 7.3 back to 7.2.', 'upstream'],
  ['The source was changed to card-vendor-feed-2.', 'upstream'],
  ['V14 moved from 0.99 to -0.05.', 'trend'],
  ['Nulls rose to 100 %.', 'quality'],
])('%s: wrong, and fails', (text, ...names) => {
  expect(faults(text, names)).not.toEqual([]);
});

test('the root cause may name an item of evidence only when a claim cites it', () => {
  const root_cause = `V14 and V17 moved, as ${IDS.health} shows.`;
  expect(faultsOf({ ...byRules, root_cause }, input)).toEqual([
    `root cause: ${IDS.health} is named but not cited`,
  ]);
});

test('the prompt holds the decisive facts, and the model can cite every measurement', () => {
  const request = firstPrompt(openCase(input), false)!;
  const format = JSON.stringify(request.format);
  for (const id of Object.values(IDS)) expect(format).toContain(id);
  for (const fact of [
    'feature V14; importance 0.37',
    'f1 0.834',
    'schema 7.2 → 7.3',
    'V14 drift caused by vendor',
  ])
    expect(request.user[0]).toContain(fact);
});

test.each([
  ['upstream_change', 'used'],
  ['concept_drift', 'used'],
  ['seasonal_shift', 'faulty'],
  ['source_outage', 'faulty'],
  ['training_data_corruption', 'faulty'],
  ['model_regression', 'faulty'],
  ['pipeline_failure', 'faulty'],
  ['duplicate_load', 'faulty'],
  ['traffic_surge', 'faulty'],
  ['resource_saturation', 'faulty'],
  ['slow_model', 'faulty'],
  ['attack_wave', 'faulty'],
])('said to be %s, a model’s diagnosis of this evidence is %s', async (category, outcome) => {
  const draft = {
    claims: [{ text: 'V14 (PSI 0.81) and V17 (PSI 0.61) drifted.', evidence: [IDS.drift] }],
    ...{ root_cause: 'V14 and V17 of classifier_v2 moved.', category, verdict: 'confirmed', confidence: 0.9 },
    ...{ recommended_actions: [], runbook_reference: 'none', similar_incidents: [], not_found: [] },
  };
  await using ollama = await scriptedOllama([{ text: JSON.stringify(draft) }]);
  const { calls } = await diagnosed(input, { url: ollama.url, model: 'scripted', timeoutMs: 10_000 });
  expect(calls[0]!.outcome).toBe(outcome);
});
