import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type Embedder, type Embedding, normalise, type WordVector } from './embedder.ts';

/** How a sentence model of the BERT family is used; its weights are another matter (weights.ts). */
export interface SentenceModel {
  name: string;
  dimensions: number;
  /** Which of its outputs stands for the whole text: the first token's, or the mean of all. */
  pooling: 'cls' | 'mean';
  /** Stands before queries, not before passages. */
  queryPrefix: string;
}

/** Tokens in one run of the model, padding included: more cost memory by the hundred megabytes and gain nothing. */
const BATCH_TOKENS = 2048;
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

  /** Texts of like length together: a batch is padded to its longest. `skip` leaves the prefix out of the words. */
  async function embed(texts: readonly string[], skip: number): Promise<Embedding[]> {
    const encoded = texts.map(encode);
    const order = encoded.map((_, i) => i).sort((a, b) => encoded[b]!.ids.length - encoded[a]!.ids.length);
    const embeddings = new Array<Embedding>(texts.length);
    // Longest first: how wide a batch is, its first text says.
    for (let at = 0; at < order.length; ) {
      const width = encoded[order[at]!]!.ids.length;
      const batch = order.slice(at, at + Math.max(1, Math.floor(BATCH_TOKENS / width)));
      at += batch.length;
      const states = await hiddenStates(
        session,
        batch.map((i) => encoded[i]!.ids),
      );
      batch.forEach((i, row) => {
        const rows = (token: number) => states[row]!.subarray(token * dimensions, (token + 1) * dimensions);
        const count = encoded[i]!.ids.length;
        const vector = pooling === 'cls' ? rows(0).slice() : sumOf(rows, 0, count);
        embeddings[i] = { vector: normalise(vector), words: wordsOf(encoded[i]!.tokens, rows, 1 + skip) };
      });
    }
    return embeddings;
  }

  return {
    name,
    dimensions,
    passages: (texts) => embed(texts, 0),
    query: async (text) => (await embed([queryPrefix + text], prefixTokens))[0]!,
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
 * Runs a batch of token ids, padded to its longest, with what else the model takes: which tokens count, and of which
 * sentence they are. @returns its one output, or that of the name
 */
export async function runBatch(
  session: InferenceSession,
  ids: readonly number[][],
  { types, output = session.outputNames[0]! }: { types?: readonly number[][]; output?: string } = {},
): Promise<Float32Array> {
  const width = Math.max(...ids.map((row) => row.length));
  const tensor = (value: (row: number, column: number) => number) => {
    const cells = Array.from({ length: ids.length * width }, (_, i) =>
      value(Math.floor(i / width), i % width),
    );
    return new Tensor('int64', BigInt64Array.from(cells, BigInt), [ids.length, width]);
  };
  const inputs: Record<string, Tensor> = {
    input_ids: tensor((row, column) => ids[row]![column] ?? 0),
    attention_mask: tensor((row, column) => (column < ids[row]!.length ? 1 : 0)),
    token_type_ids: tensor((row, column) => types?.[row]?.[column] ?? 0),
  };
  const taken = session.inputNames.map((name) => [name, inputs[name]] as const);
  const outputs = await session.run(Object.fromEntries(taken.filter(([, value]) => value)) as never);
  return outputs[output]!.data as Float32Array;
}

/** Of each text the model's last states, token after token. */
async function hiddenStates(session: InferenceSession, ids: number[][]): Promise<Float32Array[]> {
  const data = await runBatch(session, ids, { output: 'last_hidden_state' });
  const size = data.length / ids.length;
  return ids.map((_, row) => data.subarray(row * size, (row + 1) * size));
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
