import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { SentenceModel } from '../../install/embedding-models.ts';
import { type Embedder, type Embedding, normalise, type WordVector } from './embedder.ts';

const MAX_TOKENS = 512;
const THREADS = Math.min(4, availableParallelism());

interface Encoded {
  ids: number[];
  tokens: string[];
}

/** Opens `model.onnx` and `tokenizer.json` of a folder. @throws what onnxruntime says of a file that is none */
export async function openOnnxEmbedder(model: SentenceModel, dir: string): Promise<Embedder> {
  const { name, dimensions, pooling, queryPrefix } = model;
  const session = await openSession(join(dir, 'model.onnx'));
  const tokenizer = await openTokenizer(join(dir, 'tokenizer.json'));
  const prefixTokens = tokenizer.tokenize(queryPrefix).length;

  function encode(text: string): Encoded {
    const { ids, tokens } = tokenizer.encode(text);
    if (ids.length <= MAX_TOKENS) return { ids, tokens };
    const keep = <T>(list: T[]) => [...list.slice(0, MAX_TOKENS - 1), list.at(-1)!];
    return { ids: keep(ids), tokens: keep(tokens) };
  }

  /** `skip` leaves the prefix out of the words. */
  async function embed(text: string, skip: number): Promise<Embedding> {
    const { ids, tokens } = encode(text);
    const states = await run(session, ids, { output: 'last_hidden_state' });
    const rows = (token: number) => states.subarray(token * dimensions, (token + 1) * dimensions);
    const vector = pooling === 'cls' ? rows(0).slice() : sumOf(rows, 0, ids.length);
    return { vector: normalise(vector), words: wordsOf(tokens, rows, 1 + skip) };
  }

  return {
    name,
    dimensions,
    async passages(texts) {
      const embeddings: Embedding[] = [];
      for (const text of texts) embeddings.push(await embed(text, 0));
      return embeddings;
    },
    query: (text) => embed(queryPrefix + text, prefixTokens),
    close: () => session.release(),
  };
}

/** Threads that wait do not spin: they leave the processor to the rest of the process and its neighbours. */
export function openSession(file: string): Promise<InferenceSession> {
  return InferenceSession.create(file, {
    intraOpNumThreads: THREADS,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}

/** Truncation and padding that a tokenizer file may ask for are ours to do. */
export async function openTokenizer(file: string): Promise<Tokenizer> {
  const json = JSON.parse(await readFile(file, 'utf8')) as object;
  return new Tokenizer({ ...json, truncation: null, padding: null }, {});
}

/**
 * Runs a model on the tokens of one text, or of two whose tokens `types` tells apart. One at a time: an 8-bit model scales
 * a batch as a whole, so that a text's vector would depend on its neighbours, for a tenth of the time.
 * @returns the output of the name, or the only one
 */
export async function run(
  session: InferenceSession,
  ids: readonly number[],
  { types, output = session.outputNames[0]! }: { types?: readonly number[]; output?: string } = {},
): Promise<Float32Array> {
  const tensor = (values: readonly number[]) =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  const inputs: Record<string, readonly number[]> = {
    input_ids: ids,
    attention_mask: ids.map(() => 1),
    token_type_ids: types ?? ids.map(() => 0),
  };
  const taken = session.inputNames.filter((name) => inputs[name]);
  const outputs = await session.run(Object.fromEntries(taken.map((name) => [name, tensor(inputs[name]!)])));
  return outputs[output]!.data as Float32Array;
}

function sumOf(rows: (token: number) => Float32Array, from: number, to: number): Float32Array {
  const sum = rows(from).slice();
  for (let token = from + 1; token < to; token++) {
    const row = rows(token);
    for (let i = 0; i < sum.length; i++) sum[i]! += row[i]!;
  }
  return sum;
}

/** Joins word pieces (`##` continues a word); the last token is the end mark. */
function wordsOf(tokens: string[], rows: (token: number) => Float32Array, from: number): WordVector[] {
  const words: WordVector[] = [];
  const end = tokens.length - 1;
  for (let start = from; start < end; ) {
    let stop = start + 1;
    while (stop < end && tokens[stop]!.startsWith('##')) stop++;
    const word = tokens
      .slice(start, stop)
      .map((token) => token.replace(/^##/, ''))
      .join('');
    if (/[\p{L}\p{N}]/u.test(word) && word !== '[UNK]')
      words.push({ word, vector: normalise(sumOf(rows, start, stop)) });
    start = stop;
  }
  return words;
}
