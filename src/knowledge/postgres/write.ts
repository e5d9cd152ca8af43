import { chunksOf } from '../documents/chunks.ts';
import { readDocument } from '../documents/markdown.ts';
import { withoutDiagrams } from '../search/passages.ts';
import type { Query } from './client.ts';
import { stemsOf, vectorText, wordsOf } from './words.ts';

/** A text to be indexed under this name. */
export interface NewDocument {
  file: string;
  /** Folder or collection that it came with; null: it came alone, as reports do. */
  origin: string | null;
  hash: string;
  content: string;
}

const INSERT_DOCUMENT = `
  insert into agentops_knowledge.documents
    (file, origin, hash, doc_type, title, incident_id, alert_types, components, words, length)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9::tsvector, $10) returning id
`;
const INSERT_SECTIONS = `
  insert into agentops_knowledge.sections (document, heading, anchor, text)
  select $1, heading, anchor, text
  from unnest($2::text[], $3::text[], $4::text[]) with ordinality given (heading, anchor, text, place)
  order by place returning id
`;
const INSERT_PASSAGES = `
  insert into agentops_knowledge.passages (document, section, text, words, length)
  select $1, section, text, words::tsvector, length
  from unnest($2::int[], $3::text[], $4::text[], $5::int[]) with ordinality given (section, text, words, length, place)
  order by place
`;

/** Forgets documents and all that was derived from them. */
export async function dropDocuments(query: Query, files: readonly string[]): Promise<void> {
  await query('delete from agentops_knowledge.documents where file = any ($1)', [files]);
}

/** Adds a document or replaces the one of its name, searchable by words; vectors follow. Call it in a transaction. */
export async function writeDocument(
  query: Query,
  { file, origin, hash, content }: NewDocument,
): Promise<void> {
  const doc = readDocument(file, content);
  await dropDocuments(query, [file]);
  const title = wordsOf(doc.title);
  const sections = doc.sections.map(({ heading, text }) => ({
    heading: wordsOf(heading),
    passages: chunksOf(withoutDiagrams(text)).map((passage) => ({ text: passage, words: wordsOf(passage) })),
    body: wordsOf(`${heading}\n${withoutDiagrams(text)}`),
  }));
  const body = sections.flatMap((section) => section.body);
  const stems = await stemsOf(query, [...title, ...body]);
  const whole = vectorText(
    [
      { words: title, weight: 'B' },
      { words: body, weight: 'D' },
    ],
    stems,
  );
  const [document] = await query<{ id: number }>(INSERT_DOCUMENT, [
    file,
    origin,
    hash,
    doc.doc_type,
    doc.title,
    doc.incident_id,
    doc.alert_types,
    doc.components,
    whole.text,
    whole.length,
  ]);
  const rows = await query<{ id: number }>(INSERT_SECTIONS, [
    document!.id,
    doc.sections.map(({ heading }) => heading),
    doc.sections.map(({ anchor }) => anchor),
    doc.sections.map(({ text }) => text),
  ]);
  const passages = sections.flatMap(({ heading, passages }, i) =>
    passages.map(({ text, words }) => ({
      section: rows[i]!.id,
      text,
      vector: vectorText(
        [
          { words: heading, weight: 'A' },
          { words: title, weight: 'B' },
          { words, weight: 'D' },
        ],
        stems,
      ),
    })),
  );
  await query(INSERT_PASSAGES, [
    document!.id,
    passages.map(({ section }) => section),
    passages.map(({ text }) => text),
    passages.map(({ vector }) => vector.text),
    passages.map(({ vector }) => vector.length),
  ]);
}
