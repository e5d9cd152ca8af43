/** @jest-environment ./tests/support/native-arrays.ts */

import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/config.ts';
import { ALERT_TYPES } from '../../src/domain/alert.ts';
import { searchQueries } from '../../src/domain/strategy.ts';
import { BGE } from '../../src/install/embedding-models.ts';
import { defaultOffers } from '../../src/install/weights.ts';
import { openEmbedder } from '../../src/knowledge/open.ts';
import type { Knowledge } from '../../src/knowledge/port.ts';
import { createKnowledge } from '../../src/knowledge/sqlite/index.ts';
import { alert } from '../investigate/fixtures.ts';

/** Our own corpus, by words alone and with the real model, got as the service gets it; null where it cannot be had. */
const opened: Record<'words' | 'bge', Knowledge | null> = { words: null, bge: null };
beforeAll(async () => {
  const config = readConfig();
  const offers = defaultOffers(config).filter(({ model }) => model === BGE);
  const found = await openEmbedder(config, () => {}, offers);
  opened.words = createKnowledge(':memory:');
  if (found.embedder) opened.bge = createKnowledge(':memory:', { embedder: Promise.resolve(found) });
  else process.stderr.write(`search with ${BGE.name} is not tested: ${found.why}\n`);
  for (const knowledge of Object.values(opened)) {
    await knowledge?.ingest(['runbooks', 'incidents']);
    await knowledge?.ready();
  }
}, 300_000);
afterAll(() => {
  for (const knowledge of Object.values(opened)) knowledge?.close();
});

const each = ['words', 'bge'] as const;

test.each(each)('%s: what the main job asks is answered first by what it names', async (name) => {
  const knowledge = opened[name];
  if (!knowledge) return;
  const first = async (query: string, docType?: 'incident') =>
    (await knowledge.search({ query, docType })).hits[0];
  expect(await first('What causes high drift in fraud detection model?')).toMatchObject({
    file: 'runbook_model_drift.md',
    anchor: 'section-3-2',
  });
  for (const docType of [undefined, 'incident'] as const)
    expect(await first('V14 V17 drift historical incidents', docType)).toMatchObject({
      incident_id: 'INC-2026-0115',
    });
});

test.each(each)('%s: what the Investigator asks is never without an answer', async (name) => {
  const knowledge = opened[name];
  if (!knowledge) return;
  for (const strategy of ALERT_TYPES) {
    const { runbooks, incidents } = searchQueries(strategy, [alert(strategy)]);
    const features = ['', 'V14 V17', 'V3', 'amount V1 V2 V8 V22'];
    const requests = [
      { query: runbooks, docType: 'runbook' } as const,
      ...features.map((drifted) => ({ query: `${drifted} ${incidents}`, docType: 'incident' }) as const),
    ];
    for (const request of requests) {
      const { hits } = await knowledge.search({ ...request, alertType: strategy });
      expect({ ...request, strategy, found: hits.length > 0 }).toEqual({ ...request, strategy, found: true });
    }
  }
});

test.each(each)('%s: an incident that is named by its id comes first', async (name) => {
  const knowledge = opened[name];
  if (!knowledge) return;
  const ids = readdirSync('incidents').map((file) => file.replace(/^inc_(\d+)_(\d+).*/, 'INC-$1-$2'));
  expect(new Set(ids).size).toBe(15);
  for (const id of ids) {
    const lone = id.replace('INC-', '');
    for (const query of [id, lone, id.toLowerCase(), `what happened in ${id}?`, `how was ${lone} resolved`]) {
      const [first] = (await knowledge.search({ query })).hits;
      expect({ query, first: first?.incident_id }).toEqual({ query, first: id });
    }
  }
});

interface Questions {
  answerable: { test: { text: string; files: string[] }[] };
  unanswerable: { test: string[] };
}

test.each(each)(
  '%s: on questions that nothing was tuned on, it knows what it does not know',
  async (name) => {
    const knowledge = opened[name];
    if (!knowledge) return;
    const { answerable, unanswerable } = parse(
      readFileSync('tests/knowledge/questions.yaml', 'utf8'),
    ) as Questions;
    const answers = async (query: string) =>
      (await knowledge.search({ query, limit: 50 })).hits.map(({ file }) => file);
    const silent = async (texts: string[]) => {
      const all = await Promise.all(texts.map(answers));
      return all.filter((hits) => hits.length === 0).length / texts.length;
    };
    // 3 of 60, 27 of 30.
    expect(await silent(answerable.test.map(({ text }) => text))).toBeLessThanOrEqual(0.05);
    expect(await silent(unanswerable.test)).toBeGreaterThanOrEqual(0.9);
    let right = 0;
    for (const { text, files } of answerable.test) {
      const [first] = await answers(text);
      if (first && files.includes(first)) right++;
    }
    expect(right / answerable.test.length).toBeGreaterThan(name === 'bge' ? 0.85 : 0.75);
  },
);
