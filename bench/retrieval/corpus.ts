import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as sqliteVec from 'sqlite-vec';
import { z } from 'zod';
import { readText, textFiles } from '../../src/knowledge/documents/text-files.ts';
import type { FoundEmbedder } from '../../src/knowledge/embedding/embedding.ts';
import type { Knowledge, SourceText } from '../../src/knowledge/port.ts';
import type { SearchResources } from '../../src/knowledge/search/search.ts';
import { createKnowledge } from '../../src/knowledge/sqlite/index.ts';
import { createPassageIndex } from '../../src/knowledge/sqlite/passages.ts';

export interface Query {
  text: string;
  /** Paths of the documents that answer. */
  relevant: string[];
}

/** Lines also have an `id`, for those who wrote them. */
const QueryLine = z.object({ text: z.string().trim().min(1), relevant: z.array(z.string()).min(1) });

/** The .md and .txt files below a folder. @throws Error when there are none, or naming one that cannot be taken in */
export function readCorpus(dir: string): SourceText[] {
  let names: string[];
  try {
    names = textFiles(dir);
  } catch {
    throw new Error(`${dir}: no such folder of documents`);
  }
  if (names.length === 0) throw new Error(`${dir}: expected .md or .txt files, found none`);
  return names.map((path) => ({ path, content: readWhole(join(dir, path)) }));
}

/** Our own runbooks and incidents. */
export const ownCorpus = (): SourceText[] => [...readCorpus('runbooks'), ...readCorpus('incidents')];

/** Queries, one in JSON a line. @throws Error naming the line that is none, or that names a file which is not there */
export function readQueries(path: string, corpus: readonly SourceText[]): Query[] {
  const known = new Set(corpus.map((document) => document.path));
  const queries = readWhole(path)
    .split('\n')
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => {
      const query = QueryLine.safeParse(parseJson(line));
      if (!query.success) {
        const [{ path: at, message }] = query.error.issues as [z.core.$ZodIssue];
        const fault = at.length > 0 ? `${at.join('.')}: ${message}` : 'it is none';
        throw new Error(
          `${path}, line ${number}: expected {"id", "text", "relevant": [file, …]} in JSON; ${fault}`,
        );
      }
      const missing = query.data.relevant.find((file) => !known.has(file));
      if (missing) throw new Error(`${path}, line ${number}: the corpus has no file ${missing}`);
      return query.data;
    });
  if (queries.length === 0) throw new Error(`${path}: expected one query a line, found none`);
  return queries;
}

/** A text of any size. @throws Error naming the file and what is wrong with it */
function readWhole(file: string): string {
  try {
    return readText(file, Number.POSITIVE_INFINITY);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Indexes texts in a file that goes when `use` is done. `SearchResources` are what the index's own search works with. */
export async function withIndex(
  found: FoundEmbedder,
  texts: readonly SourceText[],
  use: (means: SearchResources, knowledge: Knowledge) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'agentops-bench-'));
  const file = join(dir, 'index.db');
  const knowledge = createKnowledge(file, { embedder: Promise.resolve(found) });
  const db = new DatabaseSync(file, { allowExtension: true });
  try {
    sqliteVec.load(db);
    await knowledge.collect(null, texts);
    await knowledge.ready();
    const why = found.embedder ? '' : found.why;
    await use(
      { index: createPassageIndex(db), embedder: found.embedder, reranker: null, wordsOnlyReason: why },
      knowledge,
    );
  } finally {
    db.close();
    knowledge.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
