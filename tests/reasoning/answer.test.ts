import { expect, test } from '@jest/globals';
import { diagnoseByRules } from '../../src/reasoning/diagnose-by-rules.ts';
import { streamAnswer } from '../../src/reasoning/model/answer.ts';
import { type ChatScript, scriptedOllama } from '../support/scripted-ollama.ts';
import { driftCase, idOf, RUNBOOK } from './case.ts';

/** What of a model's answer to a person may be shown; how it reaches the person is in `tests/answer`. */

const input = driftCase();
const diagnosis = diagnoseByRules(input);
const DRIFT = idOf(input, 'check_drift');
const OUTCOMES = idOf(input, 'query_snowflake');
const RUNBOOKS = idOf(input, 'search_runbooks');

async function asked(script: ChatScript) {
  await using ollama = await scriptedOllama([script]);
  const heard: string[] = [];
  const answer = await streamAnswer({
    question: 'Why is it drifting?',
    evidence: input.evidence,
    diagnosis,
    model: { url: ollama.url, model: 'scripted', timeoutMs: 10_000 },
    byRules: `By rules [${DRIFT}].`,
    onText: (soFar) => heard.push(soFar),
  });
  return { ...answer, heard };
}

test('an answer whose sentences hold is shown as it streamed, lists and several citations included', async () => {
  const text = [
    `1. V14 (PSI 0.80) and V17 drifted [${DRIFT}].`,
    `2. F1 is 82 % now, and was 0.91 [${OUTCOMES}, ${DRIFT}].`,
    `Upstream schema changes are the usual cause, see section 3.2 [${RUNBOOKS}].`,
  ].join('\n');
  const { heard, ...answer } = await asked({ text });
  expect(answer).toMatchObject({
    text,
    citations: [DRIFT, OUTCOMES, RUNBOOKS],
    answered_by: 'scripted',
    calls: [{ outcome: 'used', prompt: 'answer@2', detail: 'answered with 3 citations' }],
  });
  expect(heard.length).toBeGreaterThan(3);
  expect(heard.at(-1)).toBe(text);
});

test('a citation may name the section, and the component and closing words need none', async () => {
  const section = `[${RUNBOOKS} ${RUNBOOK}]`;
  const text = `classifier_v2 drifts: V14 moved [${DRIFT}]. Such changes come from upstream ${section}. Ask again for more.`;
  const answer = await asked({ text });
  expect(answer).toMatchObject({ text, citations: [DRIFT, RUNBOOKS], answered_by: 'scripted' });
});

test.each([
  ['a number that its citation does not show', `F1 is 0.77 [${OUTCOMES}].`, '"0.77" is not in what it cites'],
  ['a citation of something else', `V14 has a PSI of 0.8 [${OUTCOMES}].`, '"V14" is not in what it cites'],
  ['an invented version after the last citation', `V14 drifted [${DRIFT}]. Version v9 did it.`, '"v9"'],
  ['a fact after the last citation', `V14 drifted [${DRIFT}]. F1 is 0.82.`, '"0.82" is not in what it cites'],
  ['a link', `V14 drifted, see https://evil.example [${DRIFT}].`, 'it holds a link'],
  ['an approval', `V14 drifted [${DRIFT}]. The retraining is approved.`, 'words on approval'],
  ['no citation', 'V14 drifted.', 'cites no evidence'],
  ['an invented citation', 'V14 drifted [ev_check_drift_deadbeef].', 'not among the evidence'],
])('%s is not shown in the end: the rules answer', async (_, text, why) => {
  const { heard, ...answer } = await asked({ text });
  expect(answer).toMatchObject({ text: `By rules [${DRIFT}].`, citations: [DRIFT], answered_by: 'rules' });
  expect(answer.calls).toEqual([
    expect.objectContaining({ outcome: 'faulty', detail: expect.stringContaining(why) }),
  ]);
  expect(heard.at(-1)).toBe(answer.text);
});
