export interface SearchRequest {
  query: string;
  /** `runbook` also finds documents that say nothing of their type: anybody's own. */
  docType?: 'runbook' | 'incident';
  /** Prefer documents whose front-matter names this alert type; documents that name others only are left out. */
  alertType?: string;
  component?: string;
  limit?: number;
  /** Which ranking answers. Only benches and tests set it: the parts of `default`, to compare. */
  mode?: SearchMode;
}

/**
 * `rrf` is plain reciprocal rank fusion of `bm25` and `vector`, the usual hybrid search; `fused` is `default` before it
 * compares or reads the best passages. Only `default` abstains.
 */
export const SEARCH_MODES = ['bm25', 'vector', 'rrf', 'fused', 'default'] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

export interface SearchHit {
  file: string;
  doc_type: 'runbook' | 'incident' | 'document';
  heading: string;
  /** `section-3`, `section-3-2`: `${file}#${anchor}` is the citation. */
  anchor: string;
  text: string;
  /** Higher is better; comparable within one answer only. */
  score: number;
  /** `incident` documents: `INC-2026-0115` and its title line. */
  incident_id?: string;
  title: string;
}

export interface SearchAnswer {
  /** How it was searched, for people: `BM25 + bge-small-en-v1.5 int8, fused, late interaction`. */
  method: string;
  /** Name of the embedding model; null: words alone were compared. */
  embedder: string | null;
  /** Best first. Empty when it abstains: "no runbook" is an answer. */
  hits: SearchHit[];
  /** Set when there were candidates and none was near enough: the best one's score and the limit that it missed. */
  abstained: { score: number; limit: number } | null;
}

export interface Ingested {
  /** Files read. */
  files: number;
  /** Of these, new ones and those with another content. */
  changed: number;
  removed: number;
  /** In the whole index. */
  sections: number;
}

/** A text of somebody's collection: its path there, with "/" and ending in .md or .txt. */
export interface SourceText {
  path: string;
  content: string;
}

/** The index over runbooks and incident reports. Reads only; ingestion is another call. */
export interface Knowledge {
  search(request: SearchRequest): Promise<SearchAnswer>;
  /**
   * Reads folders of .md and .txt; skips files whose content did not change, drops the sections of files that are gone.
   * `onProgress` hears of each file. This, `collect` and `put` resolve when the texts are there and found by words; vectors,
   * also those that are missing or another model's, are made in the background, which `ready` waits for.
   */
  ingest(folders: string[], onProgress?: (done: number, of: number) => void): Promise<Ingested>;
  /**
   * Adds or replaces texts of a named collection, somebody's own runbooks. They are cited as `${collection}/${path}`, so that
   * they never take the name of another's file; those that did not change are skipped. With `complete`, the paths of all
   * that the collection has, the sections of others are dropped. Null is our own corpus, cited by bare paths, of which nothing
   * is dropped here. Idempotent.
   */
  collect(
    collection: string | null,
    texts: readonly SourceText[],
    complete?: readonly string[],
  ): Promise<Ingested>;
  /** Adds or replaces one document, such as a new incident report. Idempotent by file name. */
  put(file: string, content: string): Promise<void>;
  /**
   * Resolves when searches are as good as they get: the embedding model is there, or there is none, and every section has
   * vectors. Only benches, tests and who wants the last bit wait for it.
   */
  ready(): Promise<void>;
  close(): void;
}

/** The index cannot be reached, or refuses. The message says which and why, and holds no secret. */
export class KnowledgeError extends Error {
  override name = 'KnowledgeError';
}
