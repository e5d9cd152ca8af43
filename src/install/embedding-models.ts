/** How a sentence model of the BERT family is used; its weights are another matter. */
export interface SentenceModel {
  name: string;
  dimensions: number;
  /** Which of its outputs stands for the whole text: the first token's, or the mean of all. */
  pooling: 'cls' | 'mean';
  /** Stands before queries, not before passages. */
  queryPrefix: string;
}

/** The files that a model consists of, by name in its folder, with their SHA-256. */
export type ModelFiles = Record<'model.onnx' | 'tokenizer.json', string>;

export interface PinnedModel extends SentenceModel {
  files: ModelFiles;
}

/** BAAI/bge-small-en-v1.5 (MIT), quantised to 8 bits: the better one, of 34 MB. */
export const BGE: PinnedModel = {
  name: 'bge-small-en-v1.5 int8',
  dimensions: 384,
  pooling: 'cls',
  queryPrefix: 'Represent this sentence for searching relevant passages: ',
  files: {
    'model.onnx': '6c9c6101a956d62dfb5e7190c538226c0c5bb9cb27b651234b6df063ee7dbfe4',
    'tokenizer.json': 'd241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66',
  },
};

/** sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), quantised to 8 bits, of 23 MB. */
export const MINILM: PinnedModel = {
  name: 'all-MiniLM-L6-v2 int8',
  dimensions: 384,
  pooling: 'mean',
  queryPrefix: '',
  files: {
    'model.onnx': '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6',
    'tokenizer.json': 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
  },
};
