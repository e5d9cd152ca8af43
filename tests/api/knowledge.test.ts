import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { searchText } from '../../src/cli/commands/search.ts';
import { createPostgresKnowledge } from '../../src/knowledge/postgres/index.ts';
import { startApi, type TestApi } from './api-server.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await startApi();
  token = await api.tokenOf('cli', ['incidents:read', 'admin']);
  await api.knowledge.ingest(['runbooks', 'incidents']);
});
afterAll(() => api.close());

function agentops(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = {
    PATH: process.env.PATH!,
    AGENTOPS_DIR: api.dir,
    AGENTOPS_URL: api.url,
    AGENTOPS_TOKEN: token,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

/** A folder of this name somewhere new, with these files. */
function folder(name: string, files: Record<string, string | Buffer>): string {
  const root = join(mkdtempSync(join(tmpdir(), 'agentops-ingest-')), name);
  mkdirSync(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const search = async (query: Record<string, string>) =>
  await api.call('GET', `/api/search?${new URLSearchParams(query)}`);

test('search answers the whole answer, with method, embedder and citations', async () => {
  const { status, body } = await search({
    q: 'What causes high drift in fraud detection model?',
    type: 'runbook',
  });
  expect(status).toBe(200);
  expect(Object.keys(body).sort()).toEqual(['abstained', 'embedder', 'hits', 'method']);
  expect(body.method).toContain('BM25');
  expect(body.hits[0]).toMatchObject({
    file: 'runbook_model_drift.md',
    anchor: 'section-3-2',
    doc_type: 'runbook',
  });
});

test('filters and limit reach the index', async () => {
  const types = (body: { hits: { doc_type: string }[] }) => [
    ...new Set(body.hits.map((hit) => hit.doc_type)),
  ];
  expect(types((await search({ q: 'drift', type: 'incident' })).body)).toEqual(['incident']);
  expect((await search({ q: 'drift', limit: '2' })).body.hits).toHaveLength(2);
  const latency = await search({ q: 'drift V14 vendor', type: 'incident', alert_type: 'latency' });
  expect(latency.body.hits.map((hit: { incident_id: string }) => hit.incident_id)).not.toContain(
    'INC-2026-0115',
  );
});

test.each([
  [{}, 'q'],
  [{ q: ' ' }, 'q'],
  [{ q: 'x', type: 'book' }, 'type'],
  [{ q: 'x', limit: '0' }, 'limit'],
  [{ q: 'x', alert_type: 'fire' }, 'alert_type'],
])('search refuses %j', async (query, path) => {
  const { status, body } = await search(query as Record<string, string>);
  expect([status, body.errors[0].path]).toEqual([422, path]);
});

test('scopes: readers search, only admins take texts in', async () => {
  const as = async (scope: 'incidents:read' | 'alerts:write') => ({
    authorization: `Bearer ${await api.tokenOf(scope, [scope])}`,
  });
  const reader = await as('incidents:read');
  expect((await api.call('GET', '/api/search?q=drift', undefined, reader)).status).toBe(200);
  const body = { collection: 'team', texts: [] };
  expect((await api.call('POST', '/api/ingest', body, reader)).status).toBe(403);
  expect((await api.call('GET', '/api/search?q=drift', undefined, await as('alerts:write'))).status).toBe(
    403,
  );
});

test('texts of a collection are cited under its name, beside a file of the corpus that is called the same', async () => {
  const texts = [
    { path: 'runbook_rollback.md', content: '# Our rollback\n\n## 1. Quokka\n\nCall the quokka desk.' },
  ];
  const took = await api.call('POST', '/api/ingest', {
    collection: 'team-a',
    texts,
    complete: ['runbook_rollback.md'],
  });
  expect(took).toMatchObject({ status: 200, body: { files: 1, changed: 1, removed: 0 } });
  const again = await api.call('POST', '/api/ingest', { collection: 'team-a', texts });
  expect(again.body).toMatchObject({ files: 1, changed: 0 });
  const files = async (q: string) =>
    (await search({ q, type: 'runbook' })).body.hits.map((hit: { file: string }) => hit.file);
  expect((await files('quokka desk'))[0]).toBe('team-a/runbook_rollback.md');
  expect(await files('rollback command expected_active')).toContain('runbook_rollback.md');
  await api.call('POST', '/api/ingest', { collection: 'team-b', texts: [], complete: [] });
  expect(await files('quokka desk')).toContain('team-a/runbook_rollback.md');
  const gone = await api.call('POST', '/api/ingest', { collection: 'team-a', texts: [], complete: [] });
  expect(gone.body).toMatchObject({ removed: 1 });
  expect(await files('quokka desk')).not.toContain('team-a/runbook_rollback.md');
});

test.each(['../x.md', '/etc/x.md', 'a//b.md', 'a\\b.md', 'x.pdf', 'a#b.md', 'a\u0000.md'])(
  'the path %j is refused and nothing is taken in',
  async (path) => {
    const texts = [{ path, content: 'x' }];
    const { status, body } = await api.call('POST', '/api/ingest', { collection: 'team', texts });
    expect([status, body.errors[0].path]).toEqual([422, 'texts.0.path']);
  },
);

test('ingest reads folders, follows changes and deletes, and tells what was skipped and why', async () => {
  const root = folder('team docs', {
    'a.md': '# Alpha\n\n## 1. Wombat\n\nFeed the wombat at dawn.',
    'deep/b.txt': 'The platypus sleeps at noon.',
    'latin.md': Buffer.from([0x23, 0x20, 0xe9, 0x0a]),
    'huge.txt': Buffer.alloc(500_000, 'word '),
    'a#b.md': 'never cited',
    '.hidden/c.md': 'hidden',
    'image.png': 'no text',
  });
  const first = await agentops('ingest', root, '--json');
  expect(first).toMatchObject({ code: 1, err: '' });
  const [outcome] = JSON.parse(first.out);
  expect(outcome).toMatchObject({ collection: 'team-docs', files: 2, changed: 2, removed: 0 });
  expect(outcome.skipped).toEqual([
    { file: join(root, 'a#b.md'), reason: expect.stringContaining('without "#"') },
    { file: join(root, 'huge.txt'), reason: 'too large: 0.5 MB, at most 0.5 MB; split it' },
    { file: join(root, 'latin.md'), reason: 'not UTF-8: save it with that encoding' },
  ]);
  for (const bad of ['a#b.md', 'huge.txt', 'latin.md', 'deep/b.txt']) rmSync(join(root, bad));
  writeFileSync(join(root, 'a.md'), '# Alpha\n\n## 1. Wombat\n\nFeed the wombat at dusk.');
  const second = await agentops('ingest', root);
  expect(second).toEqual({
    code: 0,
    out: 'team docs: 1 file, 1 new or changed, 1 removed; cited as team-docs/…\n',
    err: '',
  });
  expect((await search({ q: 'wombat' })).body.hits[0]).toMatchObject({
    file: 'team-docs/a.md',
    anchor: 'section-1',
    text: 'Feed the wombat at dusk.',
  });
  const { hits } = (await search({ q: 'platypus' })).body;
  expect(hits.map((hit: { file: string }) => hit.file)).not.toContain('team-docs/deep/b.txt');
});

test('many files go in several requests and none is lost', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 7 }, (_, i) => [`n${i}.txt`, `narwhal${i} `.repeat(4_000)]),
  );
  const { code, out } = await agentops('ingest', folder('bulk', files), '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject([{ files: 7, changed: 7, removed: 0 }]);
  for (const i of [0, 6]) {
    expect((await search({ q: `narwhal${i}` })).body.hits[0].file).toBe(`bulk/n${i}.txt`);
  }
});

test('our own folders are the same documents again, not copies', async () => {
  const { code, out } = await agentops('ingest', 'runbooks', 'incidents', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject([
    { files: 8, changed: 0 },
    { files: 15, changed: 0 },
  ]);
  const { hits } = (await search({ q: 'drift', limit: '50' })).body;
  expect(hits.filter((hit: { file: string }) => /^(runbooks|incidents)\//.test(hit.file))).toEqual([]);
});

test('what is no folder, or two of one name, is said in one line', async () => {
  const notes = folder('docs', { 'x.md': 'x' });
  expect(await agentops('ingest', join(notes, 'nowhere'))).toEqual({
    code: 1,
    out: '',
    err: `agentops: ${join(notes, 'nowhere')}: no such folder\n`,
  });
  expect((await agentops('ingest', join(notes, 'x.md'))).err).toBe(
    `agentops: ${join(notes, 'x.md')}: no such folder\n`,
  );
  const other = folder('docs', { 'y.md': 'y' });
  expect((await agentops('ingest', notes, other)).err).toContain('two folders are named docs');
});

test('the search command shows citations and how it was searched', async () => {
  const found = await agentops('search', 'find', 'duplicate', 'loads', '--type', 'runbook', '--limit', '1');
  expect(found.code).toBe(0);
  expect(found.out).toContain('runbook_data_quality.md#section-3-3');
  expect(found.out).toMatch(/Searched by .*BM25.*; embedder: /);
  const json = JSON.parse((await agentops('search', 'black friday', '--type', 'incident', '--json')).out);
  expect(json).toMatchObject({ embedder: null, hits: expect.any(Array) });
  expect(json.hits[0].incident_id).toBe('INC-2025-1128');
  expect((await agentops('search', 'zzzqqq')).out).toContain('No runbook or incident matches.');
  expect((await agentops('search', 'x', '--type', 'book')).code).toBe(2);
});

test('an index that is away is a 503 that says which, without the password', async () => {
  const knowledge = createPostgresKnowledge('postgres://ops:hunter2@127.0.0.1:1/agentops');
  const other = await startApi({ knowledge });
  for (const [method, path, body] of [
    ['GET', '/api/search?q=drift', undefined],
    ['POST', '/api/ingest', { collection: 'team', texts: [] }],
  ] as const) {
    const answer = await other.call(method, path, body);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(answer.body.detail).toMatch(/^Postgres at 127\.0\.0\.1:1\/agentops: .*ECONNREFUSED/);
    expect(JSON.stringify(answer.body)).not.toContain('hunter2');
  }
  await other.close();
});

test('abstaining says so, with score and limit', () => {
  const answer = { method: 'BM25 + m', embedder: 'm', hits: [], abstained: { score: 0.314, limit: 0.5 } };
  const text = searchText(answer, 'runbook');
  expect(text).toContain('No runbook is near enough: the best scores 0.31, the limit is 0.50.');
  expect(text).toContain('embedder: m');
});
