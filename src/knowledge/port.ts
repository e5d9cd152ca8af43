export interface SearchRequest {
  query: string;
  docType?: 'runbook' | 'incident';
  /** Prefer documents whose front-matter names this alert type; documents that name others only are left out. */
  alertType?: string;
  component?: string;
  limit?: number;
}

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

/** The index over runbooks and incident reports. Reads only; ingestion is another call. */
export interface Knowledge {
  /** How it searched, for people: `BM25 (SQLite FTS5, porter)`. */
  readonly method: string;
  search(request: SearchRequest): Promise<SearchHit[]>;
  /** Reads folders of .md and .txt; skips files whose content did not change, drops the sections of files that are gone. */
  ingest(folders: string[]): Promise<{ files: number; changed: number; removed: number; sections: number }>;
  /** Adds or replaces one document, such as a new incident report. Idempotent by file name. */
  put(file: string, content: string): Promise<void>;
  close(): void;
}
