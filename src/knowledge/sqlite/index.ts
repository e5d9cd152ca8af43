import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as sqliteVec from 'sqlite-vec';
import { transaction } from '../../database/sqlite/transaction.ts';
import { BUSY_TIMEOUT_MS, useWal } from '../../database/sqlite/wal.ts';
import { readDocument } from '../documents/markdown.ts';
import { hashOf, textFiles } from '../documents/text-files.ts';
import { createEmbedding, type KnowledgeOptions } from '../embedding/embedding.ts';
import type { Ingested, Knowledge } from '../port.ts';
import { search } from '../search/search.ts';
import { createPassageIndex } from './passages.ts';
import { dropDocument, indexDocument, migrate } from './schema.ts';
import { createVectors } from './vectors.ts';

/**
 * The knowledge index in one SQLite file (or `:memory:`), safe for several processes: WAL, writers wait for each other.
 * Citations name files by their path below the ingested folder; a second folder's file of the same name is prefixed.
 * Vectors are made in the background, in batches; until all are there words alone are compared, and answers say so.
 */
export function createKnowledge(sqlitePath: string, options: KnowledgeOptions = {}): Knowledge {
  if (sqlitePath !== ':memory:') mkdirSync(dirname(resolve(sqlitePath)), { recursive: true });
  const db = new DatabaseSync(sqlitePath, { timeout: BUSY_TIMEOUT_MS, allowExtension: true });
  useWal(db);
  sqliteVec.load(db);
  migrate(db);
  const known = db.prepare('select folder, hash from documents where file = ?');
  const heldAs = (file: string) => known.get(file) as { folder: string | null; hash: string } | undefined;
  const all = db.prepare('select file, folder from documents');
  const move = db.prepare('update documents set folder = ? where file = ?');
  const count = db.prepare('select count(*) as sections from sections');

  const embedding = createEmbedding(
    { index: createPassageIndex(db), vectors: createVectors(db, Date.now), isOpen: () => db.isOpen },
    options,
  );

  function write(file: string, folder: string | null, content: string): void {
    const doc = readDocument(file, content);
    dropDocument(db, file);
    db.prepare('insert into documents values (?, ?, ?, ?, ?, ?, ?, ?)').run(
      file,
      folder,
      hashOf(content),
      doc.doc_type,
      doc.title,
      doc.incident_id,
      JSON.stringify(doc.alert_types),
      JSON.stringify(doc.components),
    );
    const section = db.prepare('insert into sections (file, heading, anchor, text) values (?, ?, ?, ?)');
    for (const { heading, anchor, text } of doc.sections) section.run(file, heading, anchor, text);
    indexDocument(db, file);
  }

  /** The name a file is cited by. Another folder's file keeps a name it has, unless it is gone or is the same text. */
  function nameOf(folder: string, path: string, hash: string): string {
    const holder = heldAs(path);
    const free =
      !holder?.folder ||
      holder.folder === folder ||
      holder.hash === hash ||
      !existsSync(join(holder.folder, path));
    return free ? path : `${basename(folder)}/${path}`;
  }

  /** Writes what changed and drops what `gone` picks, in one transaction; vectors follow. */
  function take(
    texts: readonly { content: string; folder: string | null; name(hash: string): string }[],
    gone: (
      held: readonly { file: string; folder: string | null }[],
      present: ReadonlySet<string>,
    ) => string[],
    onProgress?: (done: number, of: number) => void,
  ): Ingested {
    const ingested = transaction(db, () => {
      const present = new Set<string>();
      let changed = 0;
      for (const [done, { content, folder, name }] of texts.entries()) {
        onProgress?.(done + 1, texts.length);
        const hash = hashOf(content);
        const file = name(hash);
        present.add(file);
        const before = heldAs(file);
        const from = folder ?? before?.folder ?? null;
        if (before?.hash !== hash) {
          changed++;
          write(file, from, content);
        } else if (before.folder !== from) {
          move.run(from, file);
        }
      }
      const dropped = gone(all.all() as { file: string; folder: string | null }[], present);
      for (const file of dropped) dropDocument(db, file);
      const { sections } = count.get() as { sections: number };
      return { files: texts.length, changed, removed: dropped.length, sections };
    });
    embedding.start();
    return ingested;
  }

  return {
    search: async (request) => search(await embedding.means(), request),

    ready: embedding.ready,

    async ingest(folders, onProgress) {
      const roots = folders.map((folder) => resolve(folder));
      const texts = roots.flatMap((folder) =>
        textFiles(folder).map((path) => ({
          content: readFileSync(join(folder, path), 'utf8'),
          folder,
          name: (hash: string) => nameOf(folder, path, hash),
        })),
      );
      return take(
        texts,
        (held, present) =>
          held
            .filter(({ file, folder }) => folder !== null && roots.includes(folder) && !present.has(file))
            .map(({ file }) => file),
        onProgress,
      );
    },

    async collect(collection, texts, complete) {
      const folder = collection === null ? null : `collection ${collection}`;
      const nameOfText = (path: string) => (collection === null ? path : `${collection}/${path}`);
      const keep = complete && new Set(complete.map(nameOfText));
      return take(
        texts.map((text) => ({ ...text, folder, name: () => nameOfText(text.path) })),
        (held) =>
          held
            .filter((row) => keep && folder !== null && row.folder === folder && !keep.has(row.file))
            .map(({ file }) => file),
      );
    },

    async put(file, content) {
      take([{ content, folder: null, name: () => file }], () => []);
    },

    close() {
      db.close();
      embedding.close();
    },
  };
}
