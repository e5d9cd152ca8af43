import { KnowledgeError } from '../port.ts';
import type { PostgresClient, Query } from './client.ts';

/** Everything of ours stands in a schema of its own. */
const VERSION = 1;

/**
 * `words` of passages and documents hold every word, stop words too, as FTS5's index does; weights tell heading (A), title (B)
 * and body (D) apart. `length` is the number of words. Of `passages`, `embedded` and `claimed_until` say whose turn it is.
 */
const TABLES = `
  create table agentops_knowledge.settings (name text primary key, value text not null);
  create text search dictionary agentops_knowledge.stem (template = snowball, language = english);
  create table agentops_knowledge.documents (
    id integer generated always as identity primary key, file text not null unique, origin text, hash text not null,
    doc_type text not null, title text not null, incident_id text, alert_types text[] not null, components text[] not null,
    words tsvector not null, length integer not null
  );
  create index on agentops_knowledge.documents (origin);
  create index on agentops_knowledge.documents using gin (words);
  create table agentops_knowledge.sections (
    id integer generated always as identity primary key,
    document integer not null references agentops_knowledge.documents on delete cascade,
    heading text not null, anchor text not null, text text not null
  );
  create index on agentops_knowledge.sections (document);
  create table agentops_knowledge.passages (
    id integer generated always as identity primary key,
    section integer not null references agentops_knowledge.sections on delete cascade,
    document integer not null references agentops_knowledge.documents on delete cascade,
    text text not null, words tsvector not null, length integer not null,
    embedded boolean not null default false, claimed_until timestamptz not null default '-infinity'
  );
  create index on agentops_knowledge.passages (section);
  create index on agentops_knowledge.passages (document);
  create index on agentops_knowledge.passages (claimed_until) where not embedded;
  create index on agentops_knowledge.passages using gin (words);
`;

/** Any number; it only has to be the same in every process and not be used by others in this database. */
const LOCK = 7_206_591_374;

/** Waits until no other process writes to the index, up to the end of this transaction. */
export async function lockIndex(query: Query): Promise<void> {
  await query('select pg_advisory_xact_lock($1)', [LOCK]);
}

/** Makes what is missing; does nothing where all is there, so that a role without the right to create may work. */
export async function migrate({ transaction }: PostgresClient): Promise<void> {
  await transaction(async (query) => {
    await lockIndex(query);
    const [there] = await query<{ settings: string | null }>(
      `select to_regclass('agentops_knowledge.settings')::text as settings`,
    );
    if (!there?.settings) {
      await extension(query);
      await query('create schema if not exists agentops_knowledge');
      for (const statement of TABLES.split(';').filter((text) => text.trim() !== '')) await query(statement);
      await query(`insert into agentops_knowledge.settings values ('version', $1)`, [String(VERSION)]);
    }
    const [held] = await query<{ value: string }>(
      `select value from agentops_knowledge.settings where name = 'version'`,
    );
    if (held?.value !== String(VERSION)) {
      throw new KnowledgeError(
        `the schema agentops_knowledge is of version ${held?.value ?? 'none'}, expected ${VERSION}: run the AgentOps that made it, or drop the schema and ingest again`,
      );
    }
  });
}

async function extension(query: Query): Promise<void> {
  try {
    await query('create extension if not exists vector');
  } catch (error) {
    throw new KnowledgeError(
      `pgvector cannot be made available: ${(error as Error).message}; install it and run "create extension vector" as superuser`,
    );
  }
}

/** The table of vectors has the dimensions of the model that it is for; words are what `packWords` made. */
export function vectorsTable(dimensions: number): string[] {
  return [
    'drop table if exists agentops_knowledge.vectors',
    `create table agentops_knowledge.vectors (
       passage integer primary key references agentops_knowledge.passages on delete cascade,
       embedding vector(${dimensions}) not null, words bytea not null
     )`,
    'create index on agentops_knowledge.vectors using hnsw (embedding vector_cosine_ops)',
    `update agentops_knowledge.passages set embedded = false, claimed_until = '-infinity'`,
  ];
}
