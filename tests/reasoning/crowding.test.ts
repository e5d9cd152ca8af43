import { expect, test } from '@jest/globals';
import type { PipelineRunRow } from '../../src/domain/warehouse-rows.ts';
import type { VersionFacts } from '../../src/reasoning/facts.ts';
import { upstreamChanges } from '../../src/reasoning/history/upstream-changes.ts';
import { NOW, ONSET } from '../investigate/fixtures.ts';
import { scriptedOllama } from '../support/scripted-ollama.ts';
import { diagnosed, driftCase, goodDraft, idOf, RUNBOOK } from './case.ts';

/** What outsiders write into runs and deployments does not take the deciding evidence out of the prompt. */

const HOUR = 3_600_000;

/** Hourly runs, the last of which brings another schema; `message` is what each of them says. */
function runs(message: (i: number) => string): PipelineRunRow[] {
  return Array.from({ length: 10 }, (_, i) => ({
    timestamp: new Date(Date.parse(ONSET) - (9 - i) * HOUR).toISOString(),
    pipeline_name: 'transactions',
    run_id: `run-${i}`,
    status: 'success',
    record_count: 5_000 + i,
    schema_version: i === 9 ? '7.3' : '7.2',
    source: 'card-vendor-feed',
    message: message(i),
  }));
}

/** The prompt of one round, and the answers that it allows, of the drift story with these messages and this deployment. */
async function asked(message: (i: number) => string, reason = 'release') {
  const input = driftCase();
  const rows = runs(message);
  const upstream = input.evidence.find(
    (item) => item.id === idOf(input, 'query_snowflake_history', 'upstream'),
  )!;
  upstream.facts = { ...(upstream.facts as object), runs: rows, changes: upstreamChanges(rows, NOW) };
  const versions = input.evidence.find(({ tool }) => tool === 'compare_model_versions')!;
  const { deployments, ...rest } = versions.facts as VersionFacts;
  versions.facts = { ...rest, deployments: deployments.map((deployment) => ({ ...deployment, reason })) };
  const text = JSON.stringify(goodDraft(driftCase()));
  await using ollama = await scriptedOllama([{ text }]);
  await diagnosed(input, { url: ollama.url, model: 'scripted', timeoutMs: 10_000 });
  const [chat] = ollama.chats;
  return {
    ids: input.evidence.map(({ id }) => id),
    prompt: chat!.messages.map(({ content }) => content).join('\n'),
    format: JSON.stringify(chat!.format),
  };
}

const words = (count: number) => 'harmless '.repeat(count);

test.each<[string, (i: number) => string, string]>([
  ['a message of 24 KB', () => words(2_700), 'release'],
  ['a deployment reason of 24 KB', () => 'loaded', words(2_700)],
  ['1,500 digits in every message', (i) => `${i}`.repeat(1_500), '7'.repeat(1_500)],
  [
    'seven harmless changes of messages before',
    (i) => (i > 7 ? 'loaded' : `note ${'abcdefgh'[i]}`),
    'release',
  ],
])('%s: the schema change, every measurement and the runbooks stay', async (_, message, reason) => {
  const { prompt, format, ids } = await asked(message, reason);
  expect(prompt).toContain('schema 7.2 → 7.3');
  for (const id of ids) expect(format).toContain(id);
  expect(format).toContain(RUNBOOK);
  expect(prompt).not.toContain('Left out');
});
