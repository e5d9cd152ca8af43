import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../../database/sqlite/transaction.ts';
import { chunksOf } from '../documents/chunks.ts';
import { withoutDiagrams } from '../search/passages.ts';
import { expandIdentifiers } from '../search/terms.ts';

const TABLES = `
  create table if not exists documents (
    file text primary key, folder text, hash text not null, doc_type text not null, title text not null,
    incident_id text, alert_types text not null, components text not null
  ) strict;
  create table if not exists sections (
    id integer primary key, file text not null, heading text not null, anchor text not null, text text not null
  ) strict;
  create index if not exists sections_file on sections (file);
`;

/** `document` is the number of its first section. Ids are never used twice: vectors are made while texts change. */
const PASSAGES = `
  create table passages (
    id integer primary key autoincrement, section integer not null, document integer not null, text text not null,
    embedded integer not null default 0, claimed_until integer not null default 0
  ) strict;
  create index passages_section on passages (section);
  create index passages_bare on passages (claimed_until) where embedded = 0;
  create table passage_words (passage integer primary key, words blob not null) strict;
  create table settings (name text primary key, value text not null) strict;
  create virtual table passages_fts using fts5(
    heading, title, body, content='', contentless_delete=1, tokenize='porter unicode61 remove_diacritics 2'
  );
  create virtual table documents_fts using fts5(
    title, body, content='', contentless_delete=1, tokenize='porter unicode61 remove_diacritics 2'
  );
`;
const VERSION = 2;

/** Makes the tables, or brings those of an earlier version up to date: its texts stay, what is derived is made anew. */
export function migrate(db: DatabaseSync): void {
  transaction(db, () => {
    db.exec(TABLES);
    const { user_version } = db.prepare('pragma user_version').get() as { user_version: number };
    if (user_version === VERSION) return;
    db.exec(`drop table if exists sections_fts; ${PASSAGES} pragma user_version = ${VERSION}`);
    const files = db.prepare('select file from documents').all() as { file: string }[];
    for (const { file } of files) indexDocument(db, file);
  });
}

/** Cuts a stored document's sections into passages and makes them searchable by words. Call it in a transaction. */
export function indexDocument(db: DatabaseSync, file: string): void {
  const sections = db
    .prepare(
      'select s.id, s.heading, s.text, d.title from sections s join documents d using (file) where file = ? order by s.id',
    )
    .all(file) as { id: number; heading: string; text: string; title: string }[];
  const [first] = sections;
  if (!first) return;
  const insert = db.prepare('insert into passages (section, document, text) values (?, ?, ?)');
  const index = db.prepare('insert into passages_fts (rowid, heading, title, body) values (?, ?, ?, ?)');
  for (const { id, heading, text, title } of sections) {
    for (const passage of chunksOf(withoutDiagrams(text))) {
      const { lastInsertRowid } = insert.run(id, first.id, passage);
      index.run(
        lastInsertRowid,
        expandIdentifiers(heading),
        expandIdentifiers(title),
        expandIdentifiers(passage),
      );
    }
  }
  const whole = sections.map(({ heading, text }) => `${heading}\n${withoutDiagrams(text)}`).join('\n');
  db.prepare('insert into documents_fts (rowid, title, body) values (?, ?, ?)').run(
    first.id,
    expandIdentifiers(first.title),
    expandIdentifiers(whole),
  );
}

const OF_FILE = 'select p.id from passages p join sections s on s.id = p.section where s.file = ?';

/** Forgets a document and all that was derived from it. Call it in a transaction. */
export function dropDocument(db: DatabaseSync, file: string): void {
  const run = (sql: string) => db.prepare(sql).run(file);
  if (hasVectors(db)) run(`delete from vectors where rowid in (${OF_FILE})`);
  run(`delete from passage_words where passage in (${OF_FILE})`);
  run(`delete from passages_fts where rowid in (${OF_FILE})`);
  run('delete from documents_fts where rowid = (select min(id) from sections where file = ?)');
  run('delete from passages where section in (select id from sections where file = ?)');
  run('delete from sections where file = ?');
  run('delete from documents where file = ?');
}

/** The table of vectors is made when the first model comes: it has that model's dimensions. */
export function hasVectors(db: DatabaseSync): boolean {
  return db.prepare("select 1 from sqlite_schema where name = 'vectors'").get() !== undefined;
}
