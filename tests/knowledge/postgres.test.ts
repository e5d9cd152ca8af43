import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { KnowledgeError } from '../../src/knowledge/port.ts';
import { createPostgresKnowledge } from '../../src/knowledge/postgres/index.ts';
import { PASSWORD, startPostgres } from './postgres-server.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('what is wrong is said by host and database, never with the password', async () => {
  const port = await freePort();
  const knowledge = createPostgresKnowledge(`postgres://ops:${PASSWORD}@127.0.0.1:${port}/agentops`);
  const error = await knowledge.search({ query: 'drift' }).catch((thrown: Error) => thrown);
  expect(error).toBeInstanceOf(KnowledgeError);
  expect(String(error)).toContain(`Postgres at 127.0.0.1:${port}/agentops`);
  const told = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).cause);
  for (const secret of [PASSWORD, decodeURIComponent(PASSWORD)]) expect(told).not.toContain(secret);
  knowledge.close();
  expect(() => createPostgresKnowledge(`postgres://ops:${PASSWORD}@:/x`)).toThrow(
    /^AGENTOPS_KNOWLEDGE_URL is no URL/,
  );
});

test('an index that was away is used once it is there; a schema of another version is refused', async () => {
  const port = await freePort();
  const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const knowledge = createPostgresKnowledge(url);
  await expect(knowledge.put('a.md', 'walrus')).rejects.toThrow(KnowledgeError);
  const postgres = await startPostgres(port);
  await knowledge.put('a.md', 'walrus');
  expect((await knowledge.search({ query: 'walrus', mode: 'bm25' })).hits).toHaveLength(1);
  knowledge.close();

  await postgres.exec("update agentops_knowledge.settings set value = '99' where name = 'version'");
  const newer = createPostgresKnowledge(url);
  await expect(newer.search({ query: 'walrus' })).rejects.toThrow('is of version 99, expected 1');
  newer.close();
  await postgres.stop();
});

test('no text is a syntax error, and odd words are indexed and found', async () => {
  const postgres = await startPostgres();
  const knowledge = createPostgresKnowledge(postgres.url);
  const odd = `it's a "quote" \\ 'x':1A | & ! <-> ${'y'.repeat(5000)} naïve V14's 1e5 3.2 schema_version`;
  await knowledge.put("o'dd.md", `# Odd\n\n${odd}`);
  for (const query of ["it's", 'quote', 'naive', 'V14', '1e5', '3.2', 'schema version', odd])
    expect({ query, hits: (await knowledge.search({ query, mode: 'bm25' })).hits.length }).toEqual({
      query,
      hits: 1,
    });
  for (const query of ['', '!!!', "';--", '\\'])
    expect((await knowledge.search({ query, mode: 'bm25' })).hits).toEqual([]);
  knowledge.close();
  await postgres.stop();
});
