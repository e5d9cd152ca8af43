import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as sqliteVec from 'sqlite-vec';
import { transaction } from '../store/transaction.ts';
import { BUSY_TIMEOUT_MS, useWal } from '../store/wal.ts';
import { createEmbedding, type KnowledgeOptions } from './embedding.ts';
import { readDocument } from './markdown.ts';
import type { Knowledge } from './port.ts';
import { search } from './search.ts';
import { createPassageIndex } from './sqlite-passages.ts';
import { dropDocument, indexDocument, migrate } from './sqlite-schema.ts';
import { createVectors } from './sqlite-vectors.ts';
import { hashOf, textFiles } from './text-files.ts';

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
  const known = db.prepare('select file, folder, hash from documents where file = ?');

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
    const holder = known.get(path) as { folder: string | null; hash: string } | undefined;
    const free =
      !holder?.folder ||
      holder.folder === folder ||
      holder.hash === hash ||
      !existsSync(join(holder.folder, path));
    return free ? path : `${basename(folder)}/${path}`;
  }

  return {
    search: async (request) => search(await embedding.means(), request),

    ready: embedding.ready,

    async ingest(folders, onProgress) {
      const roots = folders.map((folder) => resolve(folder));
      const read = roots.flatMap((folder) =>
        textFiles(folder).map((path) => ({
          folder,
          path,
          content: readFileSync(join(folder, path), 'utf8'),
        })),
      );
      const ingested = transaction(db, () => {
        let changed = 0;
        const present = new Set<string>();
        for (const [done, { folder, path, content }] of read.entries()) {
          onProgress?.(done + 1, read.length);
          const hash = hashOf(content);
          const file = nameOf(folder, path, hash);
          present.add(file);
          const before = known.get(file) as { folder: string | null; hash: string } | undefined;
          if (before?.hash === hash && before.folder === folder) continue;
          if (before?.hash !== hash) changed++;
          write(file, folder, content);
        }
        const held = db.prepare('select file, folder from documents where folder is not null').all() as {
          file: string;
          folder: string;
        }[];
        const gone = held.filter(({ file, folder }) => roots.includes(folder) && !present.has(file));
        for (const { file } of gone) dropDocument(db, file);
        const { sections } = db.prepare('select count(*) as sections from sections').get() as {
          sections: number;
        };
        return { files: read.length, changed, removed: gone.length, sections };
      });
      embedding.start();
      return ingested;
    },

    async collect(collection, texts, complete) {
      const folder = collection === null ? null : `collection ${collection}`;
      const nameOfText = (path: string) => (collection === null ? path : `${collection}/${path}`);
      const ingested = transaction(db, () => {
        let changed = 0;
        for (const { path, content } of texts) {
          const file = nameOfText(path);
          const before = known.get(file) as { folder: string | null; hash: string } | undefined;
          if (before?.hash === hashOf(content)) continue;
          changed++;
          write(file, folder ?? before?.folder ?? null, content);
        }
        const keep = complete && new Set(complete.map(nameOfText));
        const held = db.prepare('select file from documents where folder = ?').all(folder) as {
          file: string;
        }[];
        const gone = held.filter(({ file }) => keep && !keep.has(file));
        for (const { file } of gone) dropDocument(db, file);
        const { sections } = db.prepare('select count(*) as sections from sections').get() as {
          sections: number;
        };
        return { files: texts.length, changed, removed: gone.length, sections };
      });
      embedding.start();
      return ingested;
    },

    async put(file, content) {
      transaction(db, () => {
        const before = known.get(file) as { folder: string | null; hash: string } | undefined;
        if (before?.hash !== hashOf(content)) write(file, before?.folder ?? null, content);
      });
      embedding.start();
    },

    close() {
      db.close();
      embedding.close();
    },
  };
}
