import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { hashOf, textFiles } from '../documents/text-files.ts';
import { createEmbedding, type KnowledgeOptions } from '../embedding/embedding.ts';
import type { Ingested, Knowledge } from '../port.ts';
import { search } from '../search/search.ts';
import { createPostgresClient, type PostgresClient, type Query } from './client.ts';
import { createPostgresPassages } from './passages.ts';
import { lockIndex, migrate } from './schema.ts';
import { createPostgresVectors } from './vectors.ts';
import { dropDocuments, writeDocument } from './write.ts';

interface Held {
  file: string;
  origin: string | null;
  hash: string;
}

/**
 * The knowledge index in Postgres with pgvector, for several hosts: the same search, fused and abstaining by the same code,
 * over GIN and HNSW. Its schema is made at the first use; one process writes at a time. A folder is known by its name,
 * since hosts have it in different places. Calls reject with KnowledgeError, which never holds the password.
 * @throws KnowledgeError when `url` is none
 */
export function createPostgresKnowledge(url: string, options: KnowledgeOptions = {}): Knowledge {
  const client = prepared(createPostgresClient(url));
  let open = true;
  const embedding = createEmbedding(
    { index: createPostgresPassages(client), vectors: createPostgresVectors(client), isOpen: () => open },
    options,
  );

  /** Writes what changed and drops what `gone` picks, while no other process writes; vectors follow. */
  async function take(
    texts: readonly {
      path: string;
      content: string;
      origin: string | null;
      name(held: Held | undefined, hash: string): string;
    }[],
    gone: (held: readonly Held[], present: ReadonlySet<string>) => string[],
    onProgress?: (done: number, of: number) => void,
  ): Promise<Ingested> {
    const ingested = await client.transaction(async (query) => {
      await lockIndex(query);
      const held = new Map((await heldBy(query)).map((row) => [row.file, row]));
      const present = new Set<string>();
      let changed = 0;
      for (const [done, { path, content, origin, name }] of texts.entries()) {
        onProgress?.(done + 1, texts.length);
        const hash = hashOf(content);
        const file = name(held.get(path), hash);
        present.add(file);
        const before = held.get(file);
        const from = origin ?? before?.origin ?? null;
        if (before?.hash !== hash) {
          changed++;
          await writeDocument(query, { file, origin: from, hash, content });
        } else if (before.origin !== from) {
          await query('update agentops_knowledge.documents set origin = $2 where file = $1', [file, from]);
        }
        held.set(file, { file, origin: from, hash });
      }
      const dropped = gone([...held.values()], present);
      await dropDocuments(query, dropped);
      const [count] = await query<{ n: number }>(
        'select count(*)::int as n from agentops_knowledge.sections',
      );
      return { files: texts.length, changed, removed: dropped.length, sections: count!.n };
    });
    embedding.start();
    return ingested;
  }

  return {
    search: async (request) => search(await embedding.means(), request),

    ready: embedding.ready,

    ingest(folders, onProgress) {
      const roots = folders.map((folder) => resolve(folder));
      const origins = roots.map((folder) => basename(folder));
      const texts = roots.flatMap((folder) => {
        const origin = basename(folder);
        return textFiles(folder).map((path) => ({
          path,
          content: readFileSync(join(folder, path), 'utf8'),
          origin,
          // Another folder's file keeps the name that it has, unless it is the same text.
          name: (holder: Held | undefined, hash: string) =>
            !holder?.origin || holder.origin === origin || holder.hash === hash ? path : `${origin}/${path}`,
        }));
      });
      const gone = (held: readonly Held[], present: ReadonlySet<string>) =>
        held
          .filter(({ file, origin }) => origin && origins.includes(origin) && !present.has(file))
          .map(({ file }) => file);
      return take(texts, gone, onProgress);
    },

    collect(collection, texts, complete) {
      const origin = collection === null ? null : `collection ${collection}`;
      const nameOf = (path: string) => (collection === null ? path : `${collection}/${path}`);
      const keep = complete && new Set(complete.map(nameOf));
      return take(
        texts.map((text) => ({ ...text, origin, name: () => nameOf(text.path) })),
        (held) =>
          held
            .filter((row) => keep && origin && row.origin === origin && !keep.has(row.file))
            .map(({ file }) => file),
      );
    },

    async put(file, content) {
      await take([{ path: file, content, origin: null, name: () => file }], () => []);
    },

    close() {
      open = false;
      embedding.close();
      void client.close();
    },
  };
}

const heldBy = (query: Query) => query<Held>('select file, origin, hash from agentops_knowledge.documents');

/** Makes the schema before the first statement; tries again with the next one where that failed. */
function prepared(client: PostgresClient): PostgresClient {
  let made: Promise<void> | null = null;
  const prepare = () => {
    made ??= migrate(client).catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
  return {
    query: async (sql, values) => {
      await prepare();
      return client.query(sql, values);
    },
    transaction: async (work) => {
      await prepare();
      return client.transaction(work);
    },
    close: client.close,
  };
}
