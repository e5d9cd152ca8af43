/** A word of a text with what it means there: the mean of its word pieces' vectors, of unit length. */
export interface WordVector {
  /** Lower case, as the model's tokenizer writes it. */
  word: string;
  vector: Float32Array;
}

export interface Embedding {
  /** What the text means, of unit length: the dot product of two is their cosine. */
  vector: Float32Array;
  /** Its words in order, punctuation left out. Words past the model's limit are not seen. */
  words: WordVector[];
}

/** Turns texts into vectors. Passages and queries differ: some models want a prefix on queries. */
export interface Embedder {
  /** Model and precision, such as `bge-small-en-v1.5 int8`. An index records whose vectors it holds. */
  readonly name: string;
  readonly dimensions: number;
  passages(texts: readonly string[]): Promise<Embedding[]>;
  query(text: string): Promise<Embedding>;
  /** Frees the model's memory. */
  close(): Promise<void>;
}

/** The model failed at a text; what it was asked for an index can be had without it, by words. */
export class EmbedderError extends Error {
  override name = 'EmbedderError';
}

/** The same model, whose failures are EmbedderErrors: an index tells them from its own troubles. */
export function guarded(embedder: Embedder): Embedder {
  const failed = (error: Error): never => {
    throw new EmbedderError(`the embedding model failed: ${error.message}`, { cause: error });
  };
  return {
    name: embedder.name,
    dimensions: embedder.dimensions,
    passages: (texts) => embedder.passages(texts).catch(failed),
    query: (text) => embedder.query(text).catch(failed),
    close: () => embedder.close(),
  };
}

/** The dot product; of unit vectors the cosine. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Scales to unit length, in place. A zero vector stays one. */
export function normalise(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i]! /= length;
  return vector;
}
