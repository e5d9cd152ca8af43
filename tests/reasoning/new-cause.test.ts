import { expect, test } from '@jest/globals';
import { openCase } from '../../src/reasoning/case-file.ts';
import { defineCause } from '../../src/reasoning/causes/cause.ts';
import { CAUSES, causeOf } from '../../src/reasoning/causes/index.ts';
import { diagnoseByRules } from '../../src/reasoning/diagnose-by-rules.ts';
import { faultsOf } from '../../src/reasoning/grounding/check.ts';
import { firstPrompt, systemPrompt } from '../../src/reasoning/model/prompts.ts';
import { reason } from '../../src/reasoning/reason.ts';
import { caseOf, health } from '../investigate/fixtures.ts';
import { scriptedOllama } from '../support/scripted-ollama.ts';
import { idOf, RUNBOOK, withDocuments } from './case.ts';

/** A cause is one entry of the catalogue: the rest of reasoning follows it. */

const stuckQueue = defineCause({
  name: 'stuck_queue',
  description: 'the queue is long at ordinary latency.',
  remedy: 'scale_infrastructure.',
  raises: ['latency'],
  rules: [{ needs: ['queue_long'], excludes: ['latency_high'], base: 0.9 }],
  sections: [RUNBOOK],
  notifies: 'data team',
  repairs: () => [{ action: 'scale_infrastructure', condition: 'once the queue was looked at' }],
  sentence: (_, readings) => `The queue is stuck: ${readings.queue_long!.text}.`,
});
const causes = [...CAUSES, stuckQueue];
const input = withDocuments(caseOf('latency', [health({ queue: 900 })]));
const draft = {
  claims: [{ text: '900 requests wait in the queue.', evidence: [idOf(input, 'check_model_health')] }],
  root_cause: 'The queue holds 900 requests.',
  category: 'stuck_queue',
  verdict: 'likely',
  confidence: 0.7,
  recommended_actions: ['scale_infrastructure'],
  runbook_reference: RUNBOOK,
  similar_incidents: ['none'],
  not_found: [],
};
const byModel = async (catalogue = causes, given = input) => {
  await using ollama = await scriptedOllama([{ text: JSON.stringify(draft) }]);
  const model = { url: ollama.url, model: 'scripted', timeoutMs: 10_000 };
  return await reason({ input: given, causes: catalogue, model, mayAsk: false });
};

test('a new cause is diagnosed by rules, with its sentence, plan, notice and runbook section', () => {
  expect(diagnoseByRules(input)).toMatchObject({ category: 'healthy', recommended_actions: [] });
  const diagnosis = diagnoseByRules(input, causes);
  expect(diagnosis).toMatchObject({
    category: 'stuck_queue',
    verdict: 'confirmed',
    root_cause: 'The queue is stuck: 900 requests wait in the queue.',
    runbook_reference: RUNBOOK,
    recommended_actions: [
      { action: 'notify_data_team' },
      { action: 'create_github_issue' },
      { action: 'scale_infrastructure', condition: 'once the queue was looked at' },
    ],
  });
  const categories = causes.map(({ name }) => name);
  expect(faultsOf(diagnosis, { ...input, categories })).toEqual([]);
  expect(faultsOf(diagnosis, input)[0]).toContain('category: expected one of upstream_change');
});

test('the prompt and the schema of the answer name the new cause', () => {
  const line = '- stuck_queue: the queue is long at ordinary latency. scale_infrastructure.';
  expect(systemPrompt()).not.toContain('stuck_queue');
  const { system, format, schema } = firstPrompt(openCase(input), false, causes)!;
  expect(system.split('\n')).toContain(line);
  expect(JSON.stringify(format)).toContain('"stuck_queue"');
  expect(schema.safeParse(draft).success).toBe(true);
  expect(firstPrompt(openCase(input), false)!.schema.safeParse(draft).success).toBe(false);
});

test('the model’s diagnosis of the new cause is checked by its diagnosis rules and gets its plan', async () => {
  const { diagnosis } = await byModel();
  expect(diagnosis).toMatchObject({ diagnosed_by: 'scripted', category: 'stuck_queue', verdict: 'likely' });
  expect(diagnosis!.recommended_actions.map(({ action }) => action)).toEqual([
    'notify_data_team',
    'create_github_issue',
    'scale_infrastructure',
  ]);
  const short = withDocuments(caseOf('latency', [health({ queue: 2 })]));
  const denied = await byModel(causes, short);
  expect(denied.calls[0]).toMatchObject({ outcome: 'faulty' });
  expect(denied.calls[0]!.detail).toContain('likely stuck_queue, but the queue is short (2)');
  expect(denied.diagnosis).toMatchObject({ diagnosed_by: 'rules', category: 'healthy' });
});

test('a name that no cause has is refused', () => {
  expect(causeOf('unknown').name).toBe('unknown');
  expect(() => causeOf('stuck_queue')).toThrow('got stuck_queue');
});
