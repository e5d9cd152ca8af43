/** Small documents by key, kept for every process. */
export interface DocumentStore {
  document<T>(key: string): Promise<T | null>;
  putDocument(key: string, value: unknown): Promise<void>;
}
