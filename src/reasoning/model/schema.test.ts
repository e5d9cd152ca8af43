import { expect, test } from '@jest/globals';
import { driftCase, idOf } from '../../../tests/reasoning/case.ts';
import { openCase } from '../case-file.ts';
import { estimateTokens } from './budget.ts';
import { ANSWER_TOKENS } from './ollama.ts';
import { evidenceBlocks } from './render.ts';
import { answerSchema, LIMITS, parseAnswer, vocabularyOf } from './schema.ts';

const input = driftCase();
const blocks = evidenceBlocks(input.evidence);
const vocabulary = vocabularyOf(blocks, openCase(input));
const words = (length: number) => 'features left their training distribution '.repeat(9).slice(0, length);

const longest = {
  claims: Array.from({ length: LIMITS.claims }, () => ({
    text: words(LIMITS.claim),
    evidence: [...vocabulary.evidence].sort((a, b) => b.length - a.length).slice(0, 2),
  })),
  root_cause: words(LIMITS.rootCause),
  category: 'training_data_corruption',
  verdict: 'inconclusive',
  confidence: 0.95,
  recommended_actions: ['send_slack_alert', 'create_github_issue', 'retrain_model', 'rollback_model'],
  runbook_reference: vocabulary.sections[0],
  similar_incidents: vocabulary.incidents,
  not_found: Array.from({ length: LIMITS.remarks }, () => words(LIMITS.remark)),
};

test('the longest answer that the schema allows fits into what the model may write', () => {
  const { schema } = answerSchema(vocabulary, false);
  const text = JSON.stringify(longest);
  expect(parseAnswer(schema, text)).toHaveProperty('answer');
  expect(estimateTokens(text)).toBeLessThanOrEqual(ANSWER_TOKENS);
  const more = { ...longest, claims: [...longest.claims, longest.claims[0]!] };
  expect(parseAnswer(schema, JSON.stringify(more))).toHaveProperty('bad');
});

test('only incidents of which a section is shown can be named', () => {
  expect(vocabulary.incidents).toEqual(['INC-2026-0115']);
  const others = blocks.filter(({ section }) => section !== 'inc_2026_0115_v14_drift.md#root-cause');
  const [kept] = blocks.filter(({ id }) => id === idOf(input, 'search_incidents'));
  const elsewhere = [...others, { ...kept!, section: 'inc_2025_1128_black_friday.md#root-cause' }];
  expect(vocabularyOf(elsewhere, openCase(input)).incidents).toEqual([]);
});
