import type { Vectors } from '../embedding/embedding.ts';
import { EMBEDDED_AT_ONCE, embed, type Unembedded } from '../search/passages.ts';
import type { PostgresClient } from './client.ts';
import { lockIndex, vectorsTable } from './schema.ts';

const CLAIM = `
  update agentops_knowledge.passages set claimed_until = now() + interval '1 minute' where id in (
    select id from agentops_knowledge.passages where not embedded and claimed_until < now()
    order by id limit ${EMBEDDED_AT_ONCE} for update skip locked
  ) returning id
`;
const READ = `
  select p.id, p.text, s.heading, d.title from agentops_knowledge.passages p
    join agentops_knowledge.sections s on s.id = p.section join agentops_knowledge.documents d on d.id = p.document
  where p.id = any ($1) order by p.id
`;
const WRITE = `
  with made as (
    update agentops_knowledge.passages p set embedded = true
    from unnest($1::int[], $2::text[], $3::bytea[]) as given (id, embedding, words)
    where p.id = given.id and not p.embedded returning given.*
  )
  insert into agentops_knowledge.vectors (passage, embedding, words) select id, embedding::vector, words from made
`;
const MODEL = `select value from agentops_knowledge.settings where name = 'embedder'`;

/** The vectors of an index in Postgres. */
export function createPostgresVectors({ query, transaction }: PostgresClient): Vectors {
  return {
    async missing() {
      const [row] = await query<{ n: number }>(
        'select count(*)::int as n from agentops_knowledge.passages where not embedded',
      );
      return row!.n;
    },

    async model() {
      return (await query<{ value: string }>(MODEL))[0]?.value ?? null;
    },

    adopt: ({ name, dimensions }) =>
      transaction(async (run) => {
        await lockIndex(run);
        if ((await run<{ value: string }>(MODEL))[0]?.value === name) return;
        for (const statement of vectorsTable(dimensions)) await run(statement);
        await run(
          `insert into agentops_knowledge.settings values ('embedder', $1)
           on conflict (name) do update set value = excluded.value`,
          [name],
        );
      }),

    async embedNext(embedder) {
      const claimed = await query<{ id: number }>(CLAIM);
      const batch = await query<Unembedded>(READ, [claimed.map(({ id }) => id)]);
      if (batch.length === 0) return 0;
      const embedded = await embed(embedder, batch);
      await transaction(async (run) => {
        await lockIndex(run);
        if ((await run<{ value: string }>(MODEL))[0]?.value !== embedder.name) return;
        // What is gone meanwhile, as its document changed, is not among the passages any more.
        await run(WRITE, [
          batch.map(({ id }) => id),
          embedded.map(({ vector }) => `[${vector.join(',')}]`),
          embedded.map(({ words }) => Buffer.from(words.buffer)),
        ]);
      });
      return batch.length;
    },
  };
}
