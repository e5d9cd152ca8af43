import { join } from 'node:path';
import { openSession, openTokenizer, run } from '../embedding/onnx-embedder.ts';

/** Reads question and passage together, which is slower and better than comparing their vectors. */
export interface Reranker {
  readonly name: string;
  /** A score for each text, higher is better, comparable within one call. */
  score(query: string, texts: readonly string[]): Promise<number[]>;
  close(): Promise<void>;
}

const MAX_TOKENS = 512;

/**
 * A cross-encoder from a folder with `model.onnx` and `tokenizer.json`, such as ms-marco-MiniLM-L-6-v2: its one output is
 * a number for each pair. @throws Error naming the folder, when there is none in it
 */
export async function openReranker(dir: string): Promise<Reranker> {
  const [session, tokenizer] = await Promise.all([
    openSession(join(dir, 'model.onnx')),
    openTokenizer(join(dir, 'tokenizer.json')),
  ]).catch((error: Error) => {
    throw new Error(`${dir}: expected a cross-encoder's model.onnx and tokenizer.json: ${error.message}`);
  });
  return {
    name: 'cross-encoder',
    async score(query, texts) {
      const scores: number[] = [];
      for (const text of texts) {
        const pair = tokenizer.encode(query, { text_pair: text, return_token_type_ids: true });
        const types = pair.token_type_ids.slice(0, MAX_TOKENS);
        const output = await run(session, pair.ids.slice(0, MAX_TOKENS), { types });
        if (output.length !== 1)
          throw new Error(`${dir}: expected one score for a pair, got ${output.length}`);
        scores.push(output[0]!);
      }
      return scores;
    },
    close: () => session.release(),
  };
}
