import {
  type Filter,
  type Occurrences,
  type PassageIndex,
  type PassageRow,
  passageOf,
} from '../search/passages.ts';
import type { Scores } from '../search/ranking.ts';
import type { PostgresClient, Query } from './client.ts';
import { anyOf, stemsOf, wordsOf } from './words.ts';

/** Documents whose type ($1), alert types ($2) and components ($3) the request allows; those that name none serve all. */
const ALLOWED = `
  ($1::text is null or d.doc_type = $1 or ($1 = 'runbook' and d.doc_type = 'document'))
  and ($2::text is null or d.alert_types = '{}' or $2 = any (d.alert_types))
  and ($3::text is null or d.components = '{}' or $3 = any (d.components))
`;

/**
 * BM25 as FTS5 computes it (k1 1.2, b 0.75, idf at least 1e-6), so that scores mean the same with either backend: Postgres'
 * own ts_rank knows neither how rare a word is nor how long a text. GIN finds the rows, their positions are counted.
 * $4 holds the stems, $5 the query of them, $6 the limit.
 */
const bm25 = (table: 'passages' | 'documents', weights: string) => `
  with size as (select count(*)::float8 as n, greatest(1, avg(length))::float8 as length from agentops_knowledge.${table}),
  asked as (
    select stem, greatest(1e-6, ln((size.n - held.n + 0.5) / (held.n + 0.5))) as idf
    from unnest($4::text[]) stem cross join size cross join lateral (
      select count(*)::float8 as n from agentops_knowledge.${table} where words @@ quote_literal(stem)::tsquery
    ) held
  )
  select p.id, sum(asked.idf * 2.2 * times.n / (times.n + 1.2 * (0.25 + 0.75 * p.length / size.length)))::float8 as score
  from agentops_knowledge.${table} p
    ${table === 'passages' ? 'join agentops_knowledge.documents d on d.id = p.document' : ''}
    cross join size cross join lateral unnest(p.words) as held (stem, positions, weights)
    join asked on asked.stem = held.stem
    cross join lateral (select sum(case weight ${weights} end)::float8 as n from unnest(held.weights) weight) times
  where p.words @@ $5::tsquery ${table === 'passages' ? `and ${ALLOWED}` : 'and coalesce($1, $2, $3::text) is null'}
  group by p.id order by score desc, p.id limit $6
`;
const PASSAGES_BM25 = bm25('passages', "when 'A' then 4 when 'B' then 2 else 1");
const DOCUMENTS_BM25 = bm25('documents', "when 'B' then 2 else 1");

const NEAREST = `
  select v.passage as id, 1 - (v.embedding <=> $4::vector) as score
  from agentops_knowledge.vectors v join agentops_knowledge.passages p on p.id = v.passage
    join agentops_knowledge.documents d on d.id = p.document
  where ${ALLOWED} order by v.embedding <=> $4::vector limit $5
`;
/** As wide as HNSW looks, and it looks on where the filter leaves too few. */
const LOOK_WIDELY = ['set local hnsw.ef_search = 1000', "set local hnsw.iterative_scan = 'strict_order'"];

const PASSAGES = `
  select p.id, p.document, p.section, p.text as passage, d.file, d.doc_type, s.heading, s.anchor, s.text, d.incident_id,
    d.title, coalesce($2 = any (d.alert_types), false) as names_alert
  from agentops_knowledge.passages p join agentops_knowledge.sections s on s.id = p.section
    join agentops_knowledge.documents d on d.id = p.document
  where p.id = any ($1)
`;

const OCCURRENCES = `
  select stem, (select count(*)::int from agentops_knowledge.passages where words @@ quote_literal(stem)::tsquery) as passages,
    array(select id from agentops_knowledge.documents where words @@ quote_literal(stem)::tsquery) as documents
  from unnest($1::text[]) stem
`;

const filterOf = ({ docType, alertType, component }: Filter) => [
  docType ?? null,
  alertType ?? null,
  component ?? null,
];
const scoresOf = (rows: { id: number; score: number }[]): Scores =>
  new Map(rows.map(({ id, score }) => [id, score]));

/** The reading side of the index in Postgres. Calls reject with KnowledgeError. */
export function createPostgresPassages({ query, transaction }: PostgresClient): PassageIndex {
  async function scored(
    sql: string,
    terms: readonly string[],
    filter: Filter,
    limit: number,
  ): Promise<Scores> {
    const stems = [...new Set((await termStems(query, terms)).values())];
    if (stems.length === 0) return new Map();
    return scoresOf(await query(sql, [...filterOf(filter), stems, anyOf(stems), limit]));
  }

  return {
    async size() {
      const [row] = await query<{ n: number }>('select count(*)::int as n from agentops_knowledge.passages');
      return row!.n;
    },

    lexical: (terms, filter, limit) => scored(PASSAGES_BM25, terms, filter, limit),

    documents: (terms, limit) => scored(DOCUMENTS_BM25, terms, {}, limit),

    nearest: (vector, filter, limit) =>
      transaction(async (run) => {
        for (const setting of LOOK_WIDELY) await run(setting);
        return scoresOf(await run(NEAREST, [...filterOf(filter), `[${vector.join(',')}]`, limit]));
      }),

    async occurrences(terms) {
      const stems = await termStems(query, terms);
      const rows = await query<{ stem: string; passages: number; documents: number[] }>(OCCURRENCES, [
        [...new Set(stems.values())],
      ]);
      const held = new Map(
        rows.map(({ stem, passages, documents }): [string, Occurrences] => [
          stem,
          { passages, documents: new Set(documents) },
        ]),
      );
      return new Map([...stems].flatMap(([term, stem]) => (held.has(stem) ? [[term, held.get(stem)!]] : [])));
    },

    async words(ids) {
      const rows = await query<{ passage: number; words: Buffer }>(
        'select passage, words from agentops_knowledge.vectors where passage = any ($1)',
        [ids],
      );
      return new Map(
        rows.map(({ passage, words: { buffer, byteOffset, byteLength } }) => [
          passage,
          new Int8Array(buffer, byteOffset, byteLength),
        ]),
      );
    },

    async passages(ids, alertType) {
      return (await query<PassageRow>(PASSAGES, [ids, alertType ?? null])).map(passageOf);
    },
  };
}

/** Each term's stem. A term is one word, unless the model's tokenizer made something else of it: then it has none. */
async function termStems(query: Query, terms: readonly string[]): Promise<Map<string, string>> {
  const words = new Map(
    terms.flatMap((term) => {
      const [word, more] = wordsOf(term);
      return word && !more ? [[term, word] as const] : [];
    }),
  );
  const stems = await stemsOf(query, words.values());
  return new Map([...words].map(([term, word]) => [term, stems.get(word)!]));
}
