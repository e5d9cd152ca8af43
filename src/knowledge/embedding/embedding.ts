import { setTimeout } from 'node:timers/promises';
import type { PassageIndex } from '../search/passages.ts';
import type { Reranker } from '../search/reranker.ts';
import type { SearchResources } from '../search/search.ts';
import { type Embedder, EmbedderError, guarded } from './embedder.ts';

/** How long to wait for passages that another process is embedding. */
const LOOK_AGAIN_MS = 100;

/** The model that an index was given, or why there is none. */
export type FoundEmbedder = { embedder: Embedder } | { embedder: null; why: string };

export interface KnowledgeOptions {
  /** Searches compare words alone until it is there. The index closes it. */
  embedder?: Promise<FoundEmbedder>;
  reranker?: Promise<Reranker | null>;
}

type Soon<T> = T | Promise<T>;

/** The vectors of an index. Several processes may fill it: each passage is claimed before it is embedded. */
export interface Vectors {
  /** Passages without vectors. */
  missing(): Soon<number>;
  /** Whose vectors the index holds; null: nobody's yet. */
  model(): Soon<string | null>;
  /** Prepares the index for this model: where it holds another's vectors, they go, and all passages are missing. */
  adopt(embedder: Embedder): Soon<void>;
  /** Embeds the next passages. @returns how many; 0: none are left that another process is not at already */
  embedNext(embedder: Embedder): Promise<number>;
}

/** What is kept supplied; what runs in the background ends by itself when it is closed. */
export interface EmbeddingSupply {
  index: PassageIndex;
  vectors: Vectors;
  isOpen(): boolean;
}

/** Keeps an index supplied with vectors, in the background. */
export interface Embedding {
  /** What a search has to work with now. */
  means(): Promise<SearchResources>;
  /** Resolves when the models are there, or cannot be had, and nothing is without vectors. */
  ready(): Promise<void>;
  /** Starts making the vectors of what was just written. */
  start(): void;
  /** Frees the models. Call it after the index is closed. */
  close(): void;
}

export function createEmbedding(
  { index, vectors, isOpen }: EmbeddingSupply,
  options: KnowledgeOptions,
): Embedding {
  let embedder: Embedder | null = null;
  let adopted = false;
  let reranker: Reranker | null = null;
  let wordsOnlyReason = 'no embedding model was asked for';
  let state = 'they are being made';
  let filling: Promise<void> | null = null;

  const opened = open();

  /** Takes what was found into use. A model that cannot be had is no failure: the search says so. */
  async function open(): Promise<void> {
    if (!options.embedder) return;
    wordsOnlyReason = 'the embedding model is still being loaded';
    const [found, crossEncoder] = await Promise.all([options.embedder, options.reranker ?? null]);
    if (!isOpen()) {
      await Promise.all([found.embedder?.close(), crossEncoder?.close()]);
      return;
    }
    reranker = crossEncoder;
    if (!found.embedder) {
      wordsOnlyReason = found.why;
      return;
    }
    embedder = guarded(found.embedder);
    void fill();
  }

  /** Embeds what has no vectors yet, one run at a time, until none is left, by whichever process. */
  function fill(): Promise<void> {
    filling ??= fillNow()
      .catch((error: Error) => {
        if (!isOpen()) return;
        // An index that is away or busy comes back, and the next search tries again; a model that failed does not mend.
        if (!(error instanceof EmbedderError)) {
          state = `and the last attempt to make them failed: ${error.message}`;
          return;
        }
        wordsOnlyReason = error.message;
        void embedder?.close();
        embedder = null;
      })
      .finally(() => {
        filling = null;
      });
    return filling;
  }

  async function fillNow(): Promise<void> {
    if (embedder && !adopted) {
      await vectors.adopt(embedder);
      adopted = true;
    }
    while (
      embedder &&
      isOpen() &&
      (await vectors.missing()) > 0 &&
      (await vectors.model()) === embedder.name
    ) {
      const made = await vectors.embedNext(embedder);
      state = 'they are being made';
      if (made === 0) await setTimeout(LOOK_AGAIN_MS);
    }
  }

  /** A run under way may have looked before the last text came: it ends, and another looks again. */
  async function caughtUp(): Promise<void> {
    await filling;
    await fill();
  }

  /** Vectors count when all are there: a passage without would never be found. */
  async function means(): Promise<SearchResources> {
    const words = (why: string) => ({ index, embedder: null, reranker, wordsOnlyReason: why });
    if (!embedder) return words(wordsOnlyReason);
    const holds = adopted ? await vectors.model() : embedder.name;
    if (holds !== embedder.name) return words(`the index holds vectors of ${holds}, not of ${embedder.name}`);
    const missing = await vectors.missing();
    if (adopted && missing === 0) return { index, embedder, reranker, wordsOnlyReason };
    void fill();
    return words(`${missing} passages have no vectors yet, ${state}`);
  }

  return {
    means,
    async ready() {
      await opened;
      await caughtUp();
    },
    start: () => void caughtUp(),
    close() {
      const model = embedder;
      embedder = null;
      // A batch under way ends first: its memory is the model's.
      void (filling ?? Promise.resolve()).then(() => Promise.all([model?.close(), reranker?.close()]));
    },
  };
}
