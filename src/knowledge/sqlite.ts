import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { transaction } from '../store/transaction.ts';
import { BUSY_TIMEOUT_MS, useWal } from '../store/wal.ts';
import { readDocument } from './markdown.ts';
import type { Knowledge, SearchAnswer, SearchHit, SearchRequest } from './port.ts';
import { expandIdentifiers, matchExpression } from './terms.ts';
import { textFiles } from './text-files.ts';

const SCHEMA = `
  create table if not exists documents (
    file text primary key, folder text, hash text not null, doc_type text not null, title text not null,
    incident_id text, alert_types text not null, components text not null
  ) strict;
  create table if not exists sections (
    id integer primary key, file text not null, heading text not null, anchor text not null, text text not null
  ) strict;
  create index if not exists sections_file on sections (file);
  create virtual table if not exists sections_fts using fts5(
    heading, title, body, content='', contentless_delete=1, tokenize='porter unicode61 remove_diacritics 2'
  );
`;

/** bm25 weights of heading, title and body. A document that names the asked alert type counts a little more. */
const SEARCH = `
  select s.file, d.doc_type, s.heading, s.anchor, s.text, d.incident_id, d.title,
    -bm25(sections_fts, 4.0, 2.0, 1.0)
      * iif(:alert is not null and instr(d.alert_types, '"' || :alert || '"') > 0, 1.1, 1.0) as score
  from sections_fts join sections s on s.id = sections_fts.rowid join documents d on d.file = s.file
  where sections_fts match :match
    and (:type is null or d.doc_type = :type or (:type = 'runbook' and d.doc_type = 'document'))
    and (:alert is null or d.alert_types = '[]' or instr(d.alert_types, '"' || :alert || '"') > 0)
    and (:component is null or d.components = '[]' or instr(d.components, '"' || :component || '"') > 0)
  order by score desc, s.file, s.id limit :limit
`;

const hashOf = (content: string) => createHash('sha256').update(content).digest('hex');

/** Diagrams repeat the words of the text around them, and would outrank it. */
const withoutDiagrams = (text: string) => text.replace(/```mermaid[\s\S]*?(```|$)/g, '');

/**
 * The knowledge index in one SQLite file (or `:memory:`), safe for several processes: WAL, writers wait for each other.
 * Citations name files by their path below the ingested folder; a second folder's file of the same name is prefixed.
 */
export function createKnowledge(sqlitePath: string): Knowledge {
  if (sqlitePath !== ':memory:') mkdirSync(dirname(resolve(sqlitePath)), { recursive: true });
  const db = new DatabaseSync(sqlitePath, { timeout: BUSY_TIMEOUT_MS });
  useWal(db);
  const find = (() => {
    transaction(db, () => db.exec(SCHEMA));
    return db.prepare(SEARCH);
  })();
  const known = db.prepare('select file, folder, hash from documents where file = ?');

  function drop(file: string): void {
    db.prepare('delete from sections_fts where rowid in (select id from sections where file = ?)').run(file);
    db.prepare('delete from sections where file = ?').run(file);
    db.prepare('delete from documents where file = ?').run(file);
  }

  function write(file: string, folder: string | null, content: string): void {
    const doc = readDocument(file, content);
    drop(file);
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
    const index = db.prepare('insert into sections_fts (rowid, heading, title, body) values (?, ?, ?, ?)');
    for (const { heading, anchor, text } of doc.sections) {
      const { lastInsertRowid } = section.run(file, heading, anchor, text);
      index.run(
        lastInsertRowid,
        expandIdentifiers(heading),
        expandIdentifiers(doc.title),
        expandIdentifiers(withoutDiagrams(text)),
      );
    }
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
    async search({ query, docType, alertType, component, limit = 8 }: SearchRequest): Promise<SearchAnswer> {
      const answer = { method: 'BM25 (SQLite FTS5, porter)', embedder: null, abstained: null };
      const match = matchExpression(query);
      if (match === null) return { ...answer, hits: [] };
      const rows = find.all({
        match,
        type: docType ?? null,
        alert: alertType ?? null,
        component: component ?? null,
        limit,
      }) as unknown as (Omit<SearchHit, 'incident_id'> & { incident_id: string | null })[];
      const hits = rows.map(({ incident_id, ...hit }) => (incident_id ? { ...hit, incident_id } : hit));
      return { ...answer, hits };
    },

    async ingest(folders) {
      const roots = folders.map((folder) => resolve(folder));
      const read = roots.flatMap((folder) =>
        textFiles(folder).map((path) => ({
          folder,
          path,
          content: readFileSync(join(folder, path), 'utf8'),
        })),
      );
      return transaction(db, () => {
        let changed = 0;
        const present = new Set<string>();
        for (const { folder, path, content } of read) {
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
        for (const { file } of gone) drop(file);
        const { sections } = db.prepare('select count(*) as sections from sections').get() as {
          sections: number;
        };
        return { files: read.length, changed, removed: gone.length, sections };
      });
    },

    async collect(collection, texts, complete) {
      const folder = collection === null ? null : `collection ${collection}`;
      const nameOfText = (path: string) => (collection === null ? path : `${collection}/${path}`);
      return transaction(db, () => {
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
        for (const { file } of gone) drop(file);
        const { sections } = db.prepare('select count(*) as sections from sections').get() as {
          sections: number;
        };
        return { files: texts.length, changed, removed: gone.length, sections };
      });
    },

    async put(file, content) {
      transaction(db, () => {
        const before = known.get(file) as { folder: string | null; hash: string } | undefined;
        if (before?.hash !== hashOf(content)) write(file, before?.folder ?? null, content);
      });
    },

    close: () => db.close(),
  };
}
