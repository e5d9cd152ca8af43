import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import type { FoundEmbedder, KnowledgeOptions } from '../../src/knowledge/embedding/embedding.ts';
import { SEARCH_MODES, type SearchRequest } from '../../src/knowledge/port.ts';
import type { Reranker } from '../../src/knowledge/search/reranker.ts';
import { createKnowledge } from '../../src/knowledge/sqlite/index.ts';
import { wordEmbedder } from './word-embedder.ts';

const using = (): KnowledgeOptions => ({
  embedder: Promise.resolve({ embedder: wordEmbedder('words', 64) }),
});

/** An index over documents in memory, ready. */
async function indexOf(documents: Record<string, string>, options: KnowledgeOptions = using()) {
  const knowledge = createKnowledge(':memory:', options);
  for (const [file, content] of Object.entries(documents)) await knowledge.put(file, content);
  await knowledge.ready();
  return {
    ...knowledge,
    cited: async (request: SearchRequest) =>
      (await knowledge.search(request)).hits.map(({ file, anchor }) => `${file}#${anchor}`),
  };
}

const meta = (type: 'runbook' | 'incident', alert: string, component: string) =>
  type === 'runbook'
    ? `---\ntitle: A runbook\ndoc_type: runbook\nalert_types: [${alert}]\ncomponents: [${component}]\nupdated: 2026-01-01\n---\n`
    : `---\ntitle: An incident\ndoc_type: incident\nincident_id: INC-2026-0101\ndate: 2026-01-01\nalert_types: [${alert}]\ncategory: unknown\ncomponent: ${component}\nseverity: info\nduration_minutes: 1\n---\n`;

test.each(SEARCH_MODES)('%s: type, alert type and component filter what is found', async (mode) => {
  const text = '## Walrus\n\nthe walrus swims north\n';
  const knowledge = await indexOf({
    'drift.md': `${meta('runbook', 'model_drift', 'classifier')}${text}`,
    'latency.md': `${meta('runbook', 'latency', 'ranker')}${text}`,
    'inc_1.md': `${meta('incident', 'latency', 'classifier')}${text}`,
    'notes.md': `# Notes\n\n${text}`,
  });
  const query = 'walrus swims north';
  const files = async (filter: Partial<SearchRequest>) =>
    (await knowledge.search({ query, mode, ...filter })).hits.map(({ file }) => file).sort();
  expect(await files({})).toEqual(['drift.md', 'inc_1.md', 'latency.md', 'notes.md']);
  expect(await files({ docType: 'incident' })).toEqual(['inc_1.md']);
  expect(await files({ docType: 'runbook', alertType: 'latency' })).toEqual(['latency.md', 'notes.md']);
  expect(await files({ component: 'classifier' })).toEqual(['drift.md', 'inc_1.md', 'notes.md']);
  knowledge.close();
});

test('a long section is one hit, found by any of its passages, cited by its anchor, shown whole', async () => {
  const filler = Array.from({ length: 80 }, (_, i) => `filler line ${i} says nothing`).join('\n');
  const body = `${filler}\n\nthe walrus swims\n\n${filler}\n\nthe walrus dives\n`;
  const knowledge = await indexOf({ 'a.md': `## 3.2 Long\n\n${body}`, 'b.md': '## Other\n\neagles fly' });
  for (const mode of SEARCH_MODES) {
    const { hits } = await knowledge.search({ query: 'walrus dives', mode, limit: 1 });
    expect(hits.map(({ anchor, text }) => [anchor, text])).toEqual([['section-3-2', body.trim()]]);
  }
  expect(await knowledge.cited({ query: 'walrus' })).toEqual(
    expect.not.arrayContaining(['a.md#section-3-2-2']),
  );
  knowledge.close();
});

test('of equal passages the one wins whose document as a whole is about the question', async () => {
  const same = '## Steps\n\nrestart the broker and wait\n';
  const knowledge = await indexOf({
    'a.md': `${same}\n## About\n\nolive trees need sun\n`,
    'b.md': `${same}\n## About\n\nkafka partitions lag behind\n`,
    'c.md': '## Else\n\nunrelated words stand here\n',
  });
  const query = 'kafka: restart the broker and wait';
  const steps = (cited: string[]) => cited.filter((citation) => citation.endsWith('#steps'));
  expect(steps(await knowledge.cited({ query, mode: 'default' }))).toEqual(['b.md#steps', 'a.md#steps']);
  expect(steps(await knowledge.cited({ query, mode: 'bm25' }))).toEqual(['a.md#steps', 'b.md#steps']);
  knowledge.close();
});

test('a document that names the asked alert type comes before one that serves all', async () => {
  const text = '## Walrus\n\nthe walrus swims north\n';
  const knowledge = await indexOf({
    'a_general.md': `${meta('runbook', '', '')}${text}`,
    'b_latency.md': `${meta('runbook', 'latency', '')}${text}`,
  });
  const query = 'walrus swims north';
  expect(await knowledge.cited({ query })).toEqual(['a_general.md#walrus', 'b_latency.md#walrus']);
  expect(await knowledge.cited({ query, alertType: 'latency' })).toEqual([
    'b_latency.md#walrus',
    'a_general.md#walrus',
  ]);
  knowledge.close();
});

test('it abstains where hardly a word of the question stands, and says by how much; the parts never do', async () => {
  const knowledge = await indexOf({
    'a.md': '## Walrus\n\nthe walrus swims north in spring\n',
    'b.md': '## Eagle\n\nthe eagle flies south in autumn\n',
  });
  const query = 'renew the certificate of the mail server in spring';
  expect(await knowledge.search({ query })).toEqual({
    method: 'BM25 + words, fused, late interaction',
    embedder: 'words',
    hits: [],
    abstained: { score: expect.any(Number), limit: expect.any(Number) },
  });
  const { abstained } = await knowledge.search({ query });
  expect(abstained!.score).toBeLessThan(abstained!.limit);
  for (const mode of ['bm25', 'vector', 'rrf', 'fused'] as const) {
    const answer = await knowledge.search({ query, mode });
    expect(answer.hits.length).toBeGreaterThan(0);
    expect(answer.abstained).toBeNull();
  }
  // Words that ask for a kind of document need not stand in it.
  expect(
    (await knowledge.search({ query: 'historical incidents of walrus swims north' })).abstained,
  ).toBeNull();
  knowledge.close();
});

test('a cross-encoder has the last word on the best, and is named', async () => {
  const reranker: Reranker = {
    name: 'judge',
    score: async (query, texts) =>
      texts.map((text) => (query.includes('walrus') && text.includes('dives') ? 9 : 1)),
    close: async () => {},
  };
  const documents = {
    'a.md': '## Swim\n\nthe walrus swims north\n',
    'b.md': '## Dive\n\na walrus that dives\n',
    'c.md': '## Rest\n\nthe seal sleeps\n',
  };
  const without = await indexOf(documents);
  const with_ = await indexOf(documents, { ...using(), reranker: Promise.resolve(reranker) });
  const query = 'the walrus swims north';
  expect(await without.cited({ query, limit: 2 })).toEqual(['a.md#swim', 'b.md#dive']);
  expect(await with_.cited({ query, limit: 2 })).toEqual(['b.md#dive', 'a.md#swim']);
  expect((await with_.search({ query })).method).toBe('BM25 + words, fused, late interaction, judge');
  without.close();
  with_.close();
});

test('without a model words are compared, from the first moment on, and the answer says why', async () => {
  let arrive: (found: FoundEmbedder) => void = () => {};
  const embedder = new Promise<FoundEmbedder>((resolve) => {
    arrive = resolve;
  });
  const knowledge = createKnowledge(':memory:', { embedder });
  await knowledge.put('a.md', '## Walrus\n\nthe walrus swims\n');
  const ask = () => knowledge.search({ query: 'walrus swims' });
  expect(await ask()).toMatchObject({
    method: 'BM25 alone: the embedding model is still being loaded',
    embedder: null,
    hits: [{ file: 'a.md' }],
  });
  arrive({ embedder: null, why: 'no embedding model (hub: ENOTFOUND)' });
  await knowledge.ready();
  expect(await ask()).toMatchObject({
    method: 'BM25 alone: no embedding model (hub: ENOTFOUND)',
    embedder: null,
    hits: [{ file: 'a.md' }],
  });
  expect((await knowledge.search({ query: 'walrus', mode: 'vector' })).hits).toEqual([]);
  expect((await knowledge.search({ query: 'walrus', mode: 'rrf' })).hits).toHaveLength(1);
  knowledge.close();
});

test('a model that fails costs the vectors, not the search', async () => {
  const broken = { ...wordEmbedder('broken', 8), passages: () => Promise.reject(new Error('out of memory')) };
  const knowledge = createKnowledge(':memory:', { embedder: Promise.resolve({ embedder: broken }) });
  await knowledge.put('a.md', '## Walrus\n\nthe walrus swims\n');
  await knowledge.ready();
  expect(await knowledge.search({ query: 'walrus swims' })).toMatchObject({
    method: 'BM25 alone: the embedding model failed: out of memory',
    hits: [{ file: 'a.md' }],
  });
  knowledge.close();
});

test('a model that fails at a question costs that answer the meaning, and no other', async () => {
  const working = wordEmbedder('words', 64);
  const query = (text: string) =>
    text.includes('walrus') ? Promise.reject(new Error('no memory')) : working.query(text);
  const knowledge = await indexOf(
    { 'a.md': '## Walrus\n\nthe walrus swims\n' },
    { embedder: Promise.resolve({ embedder: { ...working, query } }) },
  );
  expect(await knowledge.search({ query: 'walrus swims' })).toMatchObject({
    method: 'BM25 alone: the embedding model failed: no memory',
    embedder: null,
    hits: [{ file: 'a.md' }],
  });
  expect(await knowledge.search({ query: 'swims' })).toMatchObject({
    embedder: 'words',
    hits: [{ file: 'a.md' }],
  });
  knowledge.close();
});

test('an index of the first version keeps its texts, reports without a file among them, and is searched like a new one', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'agentops-version-')), 'knowledge.db');
  const old = new DatabaseSync(path);
  old.exec(`
    create table documents (
      file text primary key, folder text, hash text not null, doc_type text not null, title text not null,
      incident_id text, alert_types text not null, components text not null
    ) strict;
    create table sections (
      id integer primary key, file text not null, heading text not null, anchor text not null, text text not null
    ) strict;
    create virtual table sections_fts using fts5(
      heading, title, body, content='', contentless_delete=1, tokenize='porter unicode61 remove_diacritics 2'
    );
    insert into documents values ('inc_1.md', null, 'h', 'incident', 'Walrus', 'INC-2026-0101', '[]', '[]');
    insert into sections values (7, 'inc_1.md', 'Root cause', 'root-cause', 'the walrus swims');
  `);
  old.close();
  const knowledge = createKnowledge(path, using());
  await knowledge.ready();
  expect(await knowledge.search({ query: 'walrus swims' })).toMatchObject({
    embedder: 'words',
    hits: [{ file: 'inc_1.md', anchor: 'root-cause', incident_id: 'INC-2026-0101' }],
  });
  knowledge.close();
});
