import type { DatabaseSync } from 'node:sqlite';
import {
  type Filter,
  type Occurrences,
  type PassageIndex,
  type PassageRow,
  passageOf,
} from '../search/passages.ts';
import type { Scores } from '../search/ranking.ts';
import { matchAny } from '../search/terms.ts';
import { hasVectors } from './schema.ts';

/** Documents whose type, alert types and components the request allows; those that name none serve all. */
const ALLOWED = `
  (:type is null or d.doc_type = :type or (:type = 'runbook' and d.doc_type = 'document'))
  and (:alert is null or d.alert_types = '[]' or instr(d.alert_types, '"' || :alert || '"') > 0)
  and (:component is null or d.components = '[]' or instr(d.components, '"' || :component || '"') > 0)
`;

/** BM25 weights of heading, title and body. */
const LEXICAL = `
  select p.id, -bm25(passages_fts, 4.0, 2.0, 1.0) as score
  from passages_fts join passages p on p.id = passages_fts.rowid
    join sections s on s.id = p.section join documents d on d.file = s.file
  where passages_fts match :match and ${ALLOWED}
  order by score desc, p.id limit :limit
`;

const DOCUMENTS = `
  select rowid as id, -bm25(documents_fts, 2.0, 1.0) as score from documents_fts
  where documents_fts match ? order by score desc limit ?
`;

const PASSAGES = `
  select p.id, p.document, p.section, p.text as passage, s.file, d.doc_type, s.heading, s.anchor, s.text, d.incident_id,
    d.title, instr(d.alert_types, '"' || :alert || '"') > 0 as names_alert
  from json_each(:ids) i join passages p on p.id = i.value
    join sections s on s.id = p.section join documents d on d.file = s.file
`;

/** sqlite-vec finds no more neighbours at once. */
const MAX_NEIGHBOURS = 4096;

/** How vectors are divided: runbooks and anybody's documents are searched together, incidents apart. */
export const kindOf = (docType: string) => (docType === 'incident' ? 'incident' : 'runbook');

const parametersOf = ({ docType, alertType, component }: Filter) => ({
  type: docType ?? null,
  alert: alertType ?? null,
  component: component ?? null,
});

type Scored = { id: number; score: number }[];
const scoresOf = (rows: unknown): Scores => new Map((rows as Scored).map(({ id, score }) => [id, score]));

/** The reading side of the index in one SQLite file. */
export function createPassageIndex(db: DatabaseSync): PassageIndex {
  const lexical = db.prepare(LEXICAL);
  const documents = db.prepare(DOCUMENTS);
  const passages = db.prepare(PASSAGES);
  const holding = db.prepare('select count(*) as count from passages_fts where passages_fts match ?');
  const within = db.prepare('select rowid as id from documents_fts where documents_fts match ?');
  const words = db.prepare(
    'select passage, words from json_each(?) i join passage_words w on w.passage = i.value',
  );
  const size = db.prepare('select count(*) as count from passages');
  const count = (row: unknown) => (row as { count: number }).count;

  return {
    size: async () => count(size.get()),

    lexical: async (terms, filter, limit) =>
      scoresOf(lexical.all({ match: matchAny(terms), limit, ...parametersOf(filter) })),

    documents: async (terms, limit) =>
      terms.length === 0 ? new Map() : scoresOf(documents.all(matchAny(terms), limit)),

    async nearest(vector, filter, limit) {
      if (!hasVectors(db)) return new Map();
      const kind = filter.docType ? `and kind = '${kindOf(filter.docType)}'` : '';
      const narrowed = filter.alertType || filter.component;
      const allowed = narrowed
        ? `and rowid in (select p.id from passages p join sections s on s.id = p.section
             join documents d on d.file = s.file where ${ALLOWED})`
        : '';
      const found = db
        .prepare(
          `select rowid as id, 1 - distance as score from vectors
           where embedding match :vector and k = :limit ${kind} ${allowed}`,
        )
        .all({
          vector: new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
          limit: Math.min(limit, MAX_NEIGHBOURS),
          ...(narrowed ? parametersOf(filter) : {}),
        });
      return scoresOf(found);
    },

    occurrences: async (terms) =>
      new Map<string, Occurrences>(
        terms.map((term) => [
          term,
          {
            passages: count(holding.get(matchAny([term]))),
            documents: new Set((within.all(matchAny([term])) as { id: number }[]).map(({ id }) => id)),
          },
        ]),
      ),

    async words(ids) {
      const rows = words.all(JSON.stringify(ids)) as { passage: number; words: Uint8Array }[];
      return new Map(
        rows.map(({ passage, words: bytes }) => [
          passage,
          new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        ]),
      );
    },

    async passages(ids, alertType) {
      const rows = passages.all({ ids: JSON.stringify(ids), alert: alertType ?? null });
      return (rows as unknown as PassageRow[]).map(passageOf);
    },
  };
}
