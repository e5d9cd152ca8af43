import type { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import type { Embedder } from './embedder.ts';
import type { Reranker } from './reranker.ts';
import type { Means } from './search.ts';
import { createPassageIndex } from './sqlite-passages.ts';
import { createVectors } from './sqlite-vectors.ts';

/** How long to wait for passages that another process is embedding. */
const LOOK_AGAIN_MS = 100;

/** The model that an index was given, or why there is none. */
export type FoundEmbedder = { embedder: Embedder } | { embedder: null; why: string };

export interface KnowledgeOptions {
  /** Searches compare words alone until it is there. The index closes it. */
  embedder?: Promise<FoundEmbedder>;
  reranker?: Promise<Reranker | null>;
}

/** Keeps an index supplied with vectors, in the background. */
export interface Embedding {
  /** What a search has to work with now. */
  means(): Means;
  /** Resolves when the models are there, or cannot be had, and nothing is without vectors. */
  ready(): Promise<void>;
  /** Resolves when what was just written has vectors too; at once without a model. */
  caughtUp(): Promise<void>;
  /** Frees the models. Call it after the database is closed. */
  close(): void;
}

/** @param db the index, open; what runs in the background ends by itself when it is closed */
export function createEmbedding(db: DatabaseSync, options: KnowledgeOptions): Embedding {
  const index = createPassageIndex(db);
  const vectors = createVectors(db, Date.now);
  let embedder: Embedder | null = null;
  let reranker: Reranker | null = null;
  let alone = 'no embedding model was asked for';
  let filling: Promise<void> | null = null;

  const opened = open();

  /** Takes what was found into use. A model that cannot be had is no failure: the search says so. */
  async function open(): Promise<void> {
    if (!options.embedder) return;
    alone = 'the embedding model is still being loaded';
    const [found, crossEncoder] = await Promise.all([options.embedder, options.reranker ?? null]);
    if (!db.isOpen) {
      await Promise.all([found.embedder?.close(), crossEncoder?.close()]);
      return;
    }
    reranker = crossEncoder;
    if (!found.embedder) {
      alone = found.why;
      return;
    }
    vectors.adopt(found.embedder);
    embedder = found.embedder;
    void fill();
  }

  /** Embeds what has no vectors yet, one run at a time, until none is left, by whichever process. */
  function fill(): Promise<void> {
    filling ??= fillNow()
      .catch((error: Error) => {
        if (!db.isOpen) return;
        alone = `the embedding model failed: ${error.message}`;
        void embedder?.close();
        embedder = null;
      })
      .finally(() => {
        filling = null;
      });
    return filling;
  }

  async function fillNow(): Promise<void> {
    while (embedder && db.isOpen && vectors.missing() > 0 && vectors.model() === embedder.name) {
      const made = await vectors.embedNext(embedder);
      if (made === 0) await setTimeout(LOOK_AGAIN_MS);
    }
  }

  /** Vectors count when all are there: a passage without would never be found. */
  function means(): Means {
    const words = (why: string) => ({ index, embedder: null, reranker, alone: why });
    if (!embedder) return words(alone);
    const holds = vectors.model();
    if (holds !== embedder.name) return words(`the index holds vectors of ${holds}, not of ${embedder.name}`);
    const missing = vectors.missing();
    if (missing === 0) return { index, embedder, reranker, alone };
    void fill();
    return words(`${missing} passages have no vectors yet, they are being made`);
  }

  return {
    means,
    async ready() {
      await opened;
      await fill();
    },
    caughtUp: fill,
    close() {
      const model = embedder;
      embedder = null;
      // A batch under way ends first: its memory is the model's.
      void (filling ?? Promise.resolve()).then(() => Promise.all([model?.close(), reranker?.close()]));
    },
  };
}
