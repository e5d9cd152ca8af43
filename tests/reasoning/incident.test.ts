import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { diagnose } from '../../activities/investigate/diagnose.ts';
import { diagnoseByRules } from '../../src/reasoning/diagnose-by-rules.ts';
import type { InvestigateRequest } from '../../workflows/contracts/investigate.ts';
import type { CheckAnswers, CheckRequest, CheckResult } from '../../workflows/contracts/monitor.ts';
import { ONSET, versions } from '../investigate/fixtures.ts';
import { policiesOf } from '../support/memory-platform.ts';
import { type ChatScript, scriptedOllama } from '../support/scripted-ollama.ts';
import { timeSkippingEnvironment } from '../support/temporal.ts';
import { withIncident } from '../workflows/incident.ts';
import { ScriptedWorld } from '../workflows/scripted-world.ts';
import { driftCase, goodDraft, idOf } from './case.ts';

/** The incident's workflow with the real `diagnose`: what the model says is what happens, as far as people let it. */

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await timeSkippingEnvironment();
});
afterAll(async () => {
  await env?.teardown();
});

/** The drift story with a deployment at the same time, so that two causes are possible. */
const story = driftCase();
const input = {
  ...story,
  evidence: story.evidence.map((item) =>
    item.tool === 'compare_model_versions' ? { ...item, facts: versions({ deployedAt: ONSET }) } : item,
  ),
};

class ReasoningWorld extends ScriptedWorld {
  readonly #url: string;
  constructor(url: string) {
    super();
    this.#url = url;
  }

  /** Tools answer with the story's evidence, which the store then has. */
  override activities() {
    const evidenceOf = async () => input.evidence;
    const all = super.activities();
    const refs = (wanted: string) =>
      input.evidence
        .filter(({ tool }) => tool === wanted)
        .map(({ id, tool, summary }) => ({ id, tool, summary }));
    const check = (
      tool: 'check_drift' | 'query_snowflake' | 'check_data_quality' | 'check_model_health',
    ) => ({
      [tool]: async (request: CheckRequest): Promise<CheckAnswers> => {
        const { classifier } = await all[tool](request);
        return { classifier: { ...(classifier as CheckResult), evidence: refs(tool) } };
      },
    });
    return {
      ...all,
      ...check('check_drift'),
      ...check('query_snowflake'),
      ...check('check_data_quality'),
      ...check('check_model_health'),
      search_runbooks: async () => refs('search_runbooks')[0]!,
      search_incidents: async () => refs('search_incidents')[0]!,
      query_snowflake_history: async () => refs('query_snowflake_history'),
      compare_model_versions: async (request: InvestigateRequest) => {
        await all.compare_model_versions(request);
        return refs('compare_model_versions')[0]!;
      },
      diagnose: diagnose({
        store: { evidenceOf, saveEvidence: async () => {} },
        policies: policiesOf(() => this.policy),
        model: { url: this.#url, model: 'scripted', timeoutMs: 10_000 },
      }),
    };
  }

  /** What the trace says of the model. */
  get modelSaid(): string[] {
    const events = this.recorded.flatMap((record) => record.events);
    return events.filter(({ what }) => what === 'model').map(({ result }) => result);
  }
}

/** Not what the rules say of these numbers, and borne out by them. */
const other = {
  ...goodDraft(input),
  claims: [
    { text: 'v1 had F1 0.905, v2 has 0.82.', evidence: [idOf(input, 'compare_model_versions')] },
    { text: 'F1 fell to 0.82 from 0.91.', evidence: [idOf(input, 'query_snowflake')] },
  ],
  root_cause: 'v2 is worse than what it replaced: its F1 is 0.82, where v1 had 0.905.',
  category: 'model_regression',
  recommended_actions: ['rollback_model'],
};

test('the incident follows a model that asks for a look and then differs from the rules', async () => {
  expect(diagnoseByRules(input).category).toBe('upstream_change');
  const ask: ChatScript = { text: '{"wanted": [{"tool": "compare_model_versions", "query": ""}]}' };
  await using ollama = await scriptedOllama([ask, { text: JSON.stringify(other) }]);
  const world = new ReasoningWorld(ollama.url);
  await withIncident(env, world, async (incident) => {
    await incident.approve('rollback_model');
    await incident.until(() => world.called('rollback_model').length === 1, 'rolled back');
    await incident.handle.terminate();
  });
  expect(world.last.diagnosis).toMatchObject({
    diagnosed_by: 'scripted',
    category: 'model_regression',
    root_cause: other.root_cause,
  });
  expect(world.called('trigger_retraining')).toEqual([]);
  expect(world.called('compare_model_versions')).toHaveLength(2);
  expect(world.modelSaid).toEqual([
    expect.stringMatching(/^asked: wants compare_model_versions \(diagnose@2, 321 tokens in, 123 out\)$/),
    expect.stringMatching(/^used: likely model_regression, 2 claims/),
  ]);
});

test('a model that only ever asks gets three rounds, and then the rules decide', async () => {
  const ask: ChatScript = { text: '{"wanted": [{"tool": "search_incidents", "query": "more"}]}' };
  await using ollama = await scriptedOllama([ask]);
  const world = new ReasoningWorld(ollama.url);
  await withIncident(env, world, async (incident) => {
    await incident.asked('retrain_model');
    await incident.handle.terminate();
  });
  expect(world.last.diagnosis!.diagnosed_by).toBe('rules');
  expect(world.modelSaid.map((text) => text.split(':')[0])).toEqual([
    'asked',
    'asked',
    'bad_output',
    'bad_output',
  ]);
});
