import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { KnowledgeOptions } from '../../src/knowledge/embedding/embedding.ts';
import type { Knowledge, SearchRequest } from '../../src/knowledge/port.ts';
import { createPostgresKnowledge } from '../../src/knowledge/postgres/index.ts';
import { createKnowledge } from '../../src/knowledge/sqlite/index.ts';
import { startPostgres, type TestPostgres } from './postgres-server.ts';
import { wordEmbedder } from './word-embedder.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

/** What every backend must do. Each opens an empty index, and the same one again for another handle. */
const BACKENDS = {
  async sqlite() {
    const path = join(mkdtempSync(join(tmpdir(), 'agentops-backend-')), 'knowledge.db');
    return (options?: KnowledgeOptions) => createKnowledge(path, options);
  },
  async postgres() {
    await postgres.empty();
    return (options?: KnowledgeOptions) => createPostgresKnowledge(postgres.url, options);
  },
};
const each = Object.entries(BACKENDS);

function folder(name: string, files: Record<string, string>): string {
  const root = join(mkdtempSync(join(tmpdir(), 'agentops-texts-')), name);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  return root;
}

const found = async (knowledge: Knowledge, request: SearchRequest) =>
  (await knowledge.search(request)).hits.map(({ file, anchor }) => `${file}#${anchor}`);
const using = (embedder: ReturnType<typeof wordEmbedder>) => ({ embedder: Promise.resolve({ embedder }) });
const bm25 = 'bm25' as const;

test.each(each)(
  '%s: ingests again only what changed, and forgets files that are gone',
  async (_, backend) => {
    const open = await backend();
    const root = folder('docs', { 'a.md': '# A\n\nalpha', 'b.md': '# B\n\nbeta', 'sub/c.txt': 'gamma' });
    const knowledge = open();
    const heard: string[] = [];
    const note = (done: number, of: number) => void heard.push(`${done}/${of}`);
    expect(await knowledge.ingest([root], note)).toEqual({ files: 3, changed: 3, removed: 0, sections: 3 });
    expect(heard).toEqual(['1/3', '2/3', '3/3']);
    expect(await knowledge.ingest([root])).toEqual({ files: 3, changed: 0, removed: 0, sections: 3 });
    writeFileSync(join(root, 'a.md'), '# A\n\nalpha\n\n## 2. More\n\ndelta');
    rmSync(join(root, 'b.md'));
    expect(await knowledge.ingest([root])).toEqual({ files: 2, changed: 1, removed: 1, sections: 3 });
    expect(await found(knowledge, { query: 'delta', mode: bm25 })).toEqual(['a.md#section-2']);
    expect(await found(knowledge, { query: 'beta', mode: bm25 })).toEqual([]);
    expect(await found(knowledge, { query: 'gamma', mode: bm25 })).toEqual(['sub/c.txt#c']);
    knowledge.close();
  },
);

test.each(each)(
  '%s: collections have names of their own and lose only what is theirs',
  async (_, backend) => {
    const open = await backend();
    const knowledge = open();
    await knowledge.ingest([folder('runbooks', { 'x.md': '# X\n\nour walrus' })]);
    await knowledge.put('inc_1.md', '# Report\n\nwalrus report');
    const take = (path: string, content: string, complete?: string[]) =>
      knowledge.collect('team', [{ path, content }], complete);
    expect(await take('x.md', '# X\n\ntheir walrus')).toMatchObject({
      files: 1,
      changed: 1,
      removed: 0,
      sections: 3,
    });
    expect(await take('y.md', '# Y\n\nwalrus too', ['x.md', 'y.md'])).toMatchObject({
      changed: 1,
      removed: 0,
    });
    expect(await take('y.md', '# Y\n\nwalrus too')).toMatchObject({ changed: 0, removed: 0 });
    const files = async () =>
      (await found(knowledge, { query: 'walrus', mode: bm25 })).map((hit) => hit.split('#')[0]).sort();
    expect(await files()).toEqual(['inc_1.md', 'team/x.md', 'team/y.md', 'x.md']);
    expect(await knowledge.collect('team', [], ['y.md'])).toMatchObject({ files: 0, removed: 1 });
    await knowledge.collect('other', [], []);
    await knowledge.collect(null, [{ path: 'x.md', content: '# X\n\nour walrus, again' }], []);
    expect(await files()).toEqual(['inc_1.md', 'team/y.md', 'x.md']);
    knowledge.close();
  },
);

test.each(each)('%s: filters by type, alert type and component', async (_, backend) => {
  const open = await backend();
  const knowledge = open();
  const incident = (id: string, alert: string, component: string) =>
    `---\ntitle: Walrus ${id}\ndoc_type: incident\nincident_id: ${id}\ndate: 2026-01-15\nalert_types: [${alert}]\ncategory: unknown\ncomponent: ${component}\nseverity: info\nduration_minutes: 1\n---\n## Root cause\n\nwalrus\n`;
  await knowledge.put('inc_a.md', incident('INC-2026-0115', 'latency', 'classifier'));
  await knowledge.put('inc_b.md', incident('INC-2026-0116', 'model_drift', 'ranker'));
  await knowledge.put('runbook_c.md', '# C\n\nwalrus');
  await knowledge.put('notes.md', '# Notes\n\nwalrus');
  const files = async (filter: Partial<SearchRequest>) =>
    (await found(knowledge, { query: 'walrus', mode: bm25, ...filter }))
      .map((hit) => hit.split('#')[0])
      .sort();
  expect(await files({})).toEqual(['inc_a.md', 'inc_b.md', 'notes.md', 'runbook_c.md']);
  expect(await files({ docType: 'runbook' })).toEqual(['notes.md', 'runbook_c.md']);
  expect(await files({ docType: 'incident', alertType: 'latency' })).toEqual(['inc_a.md']);
  expect(await files({ component: 'ranker' })).toEqual(['inc_b.md', 'notes.md', 'runbook_c.md']);
  expect(await files({ limit: 1 })).toHaveLength(1);
  const { hits } = await knowledge.search({
    query: 'walrus',
    mode: bm25,
    component: 'ranker',
    docType: 'incident',
  });
  expect(hits).toEqual([
    {
      file: 'inc_b.md',
      doc_type: 'incident',
      heading: 'Root cause',
      anchor: 'root-cause',
      text: 'walrus',
      score: expect.any(Number),
      incident_id: 'INC-2026-0116',
      title: 'Walrus INC-2026-0116',
    },
  ]);
  knowledge.close();
});

test.each(each)('%s: vectors follow texts, and each is made once', async (_, backend) => {
  const open = await backend();
  const embedder = wordEmbedder('words-24', 24);
  const knowledge = open(using(embedder));
  await knowledge.put('a.md', '# A\n\nthe walrus swims');
  await knowledge.put('b.md', '# B\n\nthe eagle flies');
  await knowledge.ready();
  const nearest = (query: string) => found(knowledge, { query, mode: 'vector', limit: 1 });
  expect(await nearest('a walrus swims')).toEqual(['a.md#a']);
  expect(await nearest('an eagle flies')).toEqual(['b.md#b']);
  await knowledge.put('a.md', '# A\n\nthe walrus swims');
  expect(embedder.seen).toHaveLength(2);
  await knowledge.put('a.md', '# A\n\nthe condor glides');
  await knowledge.ready();
  expect(await nearest('condor glides')).toEqual(['a.md#a']);
  expect(embedder.seen).toHaveLength(3);
  expect(await knowledge.search({ query: 'walrus' })).toMatchObject({ embedder: 'words-24' });
  knowledge.close();
});

test.each(each)('%s: a checkout that moved keeps its names and its vectors', async (_, backend) => {
  const open = await backend();
  const embedder = wordEmbedder('words-24', 24);
  const knowledge = open(using(embedder));
  const files = { 'a.md': '# A\n\nthe walrus swims', 'b.md': '# B\n\nthe eagle flies' };
  await knowledge.ingest([folder('docs', files)]);
  await knowledge.ready();
  const moved = folder('docs', files);
  expect(await knowledge.ingest([moved])).toMatchObject({ changed: 0, removed: 0, sections: 2 });
  await knowledge.ready();
  expect(embedder.seen).toHaveLength(2);
  rmSync(join(moved, 'b.md'));
  expect(await knowledge.ingest([moved])).toMatchObject({ removed: 1, sections: 1 });
  knowledge.close();
});

test.each(each)('%s: texts are there and found by words before they have vectors', async (_, backend) => {
  const open = await backend();
  const embedder = wordEmbedder('words-24', 24);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = {
    ...embedder,
    passages: (texts: readonly string[]) => released.then(() => embedder.passages(texts)),
  };
  const knowledge = open({ embedder: Promise.resolve({ embedder: slow }) });
  await knowledge.ready();
  await knowledge.ingest([folder('runbooks', { 'a.md': '# A\n\nthe walrus swims' })]);
  await knowledge.collect('team', [{ path: 'b.md', content: '# B\n\nthe walrus dives' }]);
  await knowledge.put('inc_c.md', '# C\n\nthe walrus rests');
  const ask = () => knowledge.search({ query: 'walrus' });
  expect(await ask()).toMatchObject({
    method: 'BM25 alone: 3 passages have no vectors yet, they are being made',
    hits: [{}, {}, {}],
  });
  release();
  await knowledge.ready();
  expect(await ask()).toMatchObject({ embedder: 'words-24', hits: [{}, {}, {}] });
  knowledge.close();
});

test.each(each)('%s: another model makes all vectors anew, and the first one sees it', async (_, backend) => {
  const open = await backend();
  const [small, large] = [wordEmbedder('small', 16), wordEmbedder('large', 32)];
  const first = open(using(small));
  await first.put('a.md', '# A\n\nthe walrus swims');
  await first.ready();
  const second = open(using(large));
  await second.ready();
  expect([small.seen.length, large.seen.length]).toEqual([1, 1]);
  expect((await second.search({ query: 'walrus', mode: 'vector' })).hits).toHaveLength(1);
  const { embedder, method } = await first.search({ query: 'walrus' });
  expect({ embedder, method }).toEqual({
    embedder: null,
    method: expect.stringContaining('vectors of large, not of small'),
  });
  first.close();
  second.close();
});

test.each(each)('%s: two processes that ingest at once do it once', async (_, backend) => {
  const open = await backend();
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`f${i}.md`, `# F${i}\n\nwalrus number${i}`]),
  );
  const root = folder('runbooks', files);
  const embedders = [wordEmbedder('words', 16), wordEmbedder('words', 16)];
  const handles = embedders.map((embedder) => open(using(embedder)));
  const ingested = await Promise.all(handles.map((handle) => handle.ingest([root])));
  expect(ingested.map(({ changed }) => changed).sort()).toEqual([0, 30]);
  await Promise.all(handles.map((handle) => handle.ready()));
  const seen = embedders.flatMap((embedder) => embedder.seen);
  expect([seen.length, new Set(seen).size]).toEqual([30, 30]);
  for (const handle of handles) {
    expect(await found(handle, { query: 'number17', mode: 'vector', limit: 1 })).toEqual(['f17.md#f17']);
    handle.close();
  }
});

test('both backends score and order our own corpus alike', async () => {
  const opened = await Promise.all(
    each.map(async ([, backend]) => (await backend())(using(wordEmbedder('w', 48)))),
  );
  for (const knowledge of opened) {
    await knowledge.ingest(['runbooks', 'incidents']);
    await knowledge.ready();
  }
  for (const query of [
    'V14 V17 drift vendor',
    'p99 latency of the replicas',
    'which runs failed on a full disk?',
  ]) {
    for (const mode of ['bm25', 'vector', 'default'] as const) {
      const [sqlite, postgres] = await Promise.all(
        opened.map((knowledge) => knowledge.search({ query, mode, limit: 5 })),
      );
      expect(postgres!.method).toBe(sqlite!.method);
      const scores = (hits: { score: number }[]) => hits.map(({ score }) => Number(score.toFixed(1)));
      expect({ query, mode, scores: scores(postgres!.hits) }).toEqual({
        query,
        mode,
        scores: scores(sqlite!.hits),
      });
      expect(postgres!.hits[0]).toEqual({ ...sqlite!.hits[0], score: expect.any(Number) });
    }
  }
  for (const knowledge of opened) knowledge.close();
});
