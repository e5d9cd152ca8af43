import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createKnowledge } from './index.ts';

function folder(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'agentops-knowledge-'));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  return root;
}

test('ingests again only what changed, and forgets files that are gone', async () => {
  const root = folder({
    'a.md': '# A\n\nalpha',
    'b.md': '# B\n\nbeta',
    'sub/c.txt': 'gamma',
    '.hidden.md': 'x',
  });
  const knowledge = createKnowledge(join(root, 'index.db'));
  expect(await knowledge.ingest([root])).toEqual({ files: 3, changed: 3, removed: 0, sections: 3 });
  expect(await knowledge.ingest([root])).toEqual({ files: 3, changed: 0, removed: 0, sections: 3 });
  writeFileSync(join(root, 'a.md'), '# A\n\nalpha\n\n## More\n\ndelta');
  rmSync(join(root, 'b.md'));
  expect(await knowledge.ingest([root])).toEqual({ files: 3 - 1, changed: 1, removed: 1, sections: 3 });
  expect((await knowledge.search({ query: 'delta' })).hits[0]).toMatchObject({
    file: 'a.md',
    anchor: 'more',
  });
  expect((await knowledge.search({ query: 'beta' })).hits).toEqual([]);
  expect((await knowledge.search({ query: 'gamma' })).hits[0]).toMatchObject({ file: 'sub/c.txt' });
  knowledge.close();
});

test('another folder neither overwrites nor removes what the first one holds', async () => {
  const [mine, theirs] = [
    folder({ 'readme.md': '# Mine\n\nalpha' }),
    folder({ 'readme.md': '# Theirs\n\nbeta' }),
  ];
  const knowledge = createKnowledge(':memory:');
  await knowledge.ingest([mine]);
  expect(await knowledge.ingest([theirs])).toMatchObject({ changed: 1, removed: 0, sections: 2 });
  expect(await knowledge.ingest([theirs])).toMatchObject({ changed: 0 });
  expect((await knowledge.search({ query: 'alpha' })).hits[0]?.file).toBe('readme.md');
  expect((await knowledge.search({ query: 'beta' })).hits[0]?.file).toMatch(
    /^agentops-knowledge-.*\/readme\.md$/,
  );
  knowledge.close();
});

test('a moved checkout keeps its names', async () => {
  const [before, after] = [folder({ 'a.md': '# A\n\nalpha' }), folder({ 'a.md': '# A\n\nalpha' })];
  const knowledge = createKnowledge(':memory:');
  await knowledge.ingest([before]);
  expect(await knowledge.ingest([after])).toMatchObject({ changed: 0, sections: 1 });
  expect((await knowledge.search({ query: 'alpha' })).hits.map(({ file }) => file)).toEqual(['a.md']);
  knowledge.close();
});

test('put adds or replaces one document, and ingesting folders leaves it alone', async () => {
  const knowledge = createKnowledge(':memory:');
  await knowledge.put('inc_x.md', '# One\n\nalpha');
  await knowledge.put('inc_x.md', '# One\n\nbeta');
  await knowledge.put('inc_x.md', '# One\n\nbeta');
  await knowledge.ingest([folder({ 'a.md': '# A\n\ngamma' })]);
  expect((await knowledge.search({ query: 'alpha' })).hits).toEqual([]);
  expect((await knowledge.search({ query: 'beta' })).hits).toHaveLength(1);
  knowledge.close();
});

test('two processes on one file see each other and both may write', async () => {
  const file = join(folder({}), 'deep', 'index.db');
  const [one, other] = [createKnowledge(file), createKnowledge(file)];
  await Promise.all([one.put('a.md', '# A\n\nalpha'), other.put('b.md', '# B\n\nbeta')]);
  expect((await one.search({ query: 'beta' })).hits).toHaveLength(1);
  expect((await other.search({ query: 'alpha' })).hits).toHaveLength(1);
  one.close();
  other.close();
});

test('identifiers are found by their parts and whole', async () => {
  const knowledge = createKnowledge(':memory:');
  await knowledge.put('a.md', '# A\n\nSet `schemaVersion` and record_count.');
  for (const query of ['schema', 'schemaVersion', 'version', 'records', 'record_count', 'RECORD'])
    expect((await knowledge.search({ query })).hits).toHaveLength(1);
  knowledge.close();
});

test('filters keep documents that name nothing and leave out those that name others', async () => {
  const knowledge = createKnowledge(':memory:');
  const runbook = (types: string, components: string) =>
    `---\ntitle: A title\ndoc_type: runbook\nalert_types: [${types}]\ncomponents: [${components}]\nupdated: 2026-01-01\n---\n# A\n\nalpha`;
  await knowledge.put('general.md', runbook('', ''));
  await knowledge.put('latency.md', runbook('latency', 'payments'));
  await knowledge.put('inc_1.md', '# I\n\nalpha');
  const files = async (request: object) =>
    (await knowledge.search({ query: 'alpha', ...request })).hits.map(({ file }) => file).sort();
  expect(await files({ alertType: 'latency' })).toEqual(['general.md', 'inc_1.md', 'latency.md']);
  expect(await files({ alertType: 'model_drift', docType: 'runbook' })).toEqual(['general.md']);
  expect(await files({ component: 'classifier', docType: 'runbook' })).toEqual(['general.md']);
  expect(await files({ component: 'payments', docType: 'runbook' })).toEqual(['general.md', 'latency.md']);
  expect(await files({ docType: 'incident' })).toEqual(['inc_1.md']);
  expect(
    (await knowledge.search({ query: 'alpha', docType: 'runbook', alertType: 'latency' })).hits[0]?.file,
  ).toBe('latency.md');
  knowledge.close();
});

test('no text is a syntax error', async () => {
  const knowledge = createKnowledge(':memory:');
  await knowledge.put('a.md', '# A\n\nalpha');
  const nasty = [
    '',
    '   ',
    '"',
    'a AND',
    'NEAR(',
    'heading:x',
    '*',
    "'; drop table sections;--",
    'alpha"',
    'the of',
  ];
  for (const query of nasty) await knowledge.search({ query });
  expect((await knowledge.search({ query: '"alpha* OR (' })).hits).toHaveLength(1);
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), async (query) => {
      await knowledge.search({ query });
    }),
  );
  knowledge.close();
});
