import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders with models that fit into a test: ONNX graphs of two or three nodes, written as protobuf bytes by hand. */

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const number = (field: number, value: number) => Buffer.from([...varint(field * 8), ...varint(value)]);
const bytes = (field: number, value: Buffer | string) => {
  const content = Buffer.from(value);
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(content.length)]), content]);
};
const FLOAT = 1;
const INT64 = 7;

/** ValueInfoProto: a tensor of unknown size. */
const value = (name: string, type: number, dims: number) => {
  const shape = Buffer.concat(Array.from({ length: dims }, (_, i) => bytes(1, bytes(2, `${name}_${i}`))));
  const tensor = Buffer.concat([number(1, type), bytes(2, shape)]);
  return Buffer.concat([bytes(1, name), bytes(2, bytes(1, tensor))]);
};
/** NodeProto. */
const node = (type: string, inputs: string[], output: string, attributes: Buffer[] = []) =>
  Buffer.concat([
    ...inputs.map((input) => bytes(1, input)),
    bytes(2, output),
    bytes(4, type),
    ...attributes.map((attribute) => bytes(5, attribute)),
  ]);
/** AttributeProto of one whole number, and of a list of them. */
const whole = (name: string, i: number) => Buffer.concat([bytes(1, name), number(3, i), number(20, 2)]);
const wholes = (name: string, i: number) => Buffer.concat([bytes(1, name), number(8, i), number(20, 7)]);
/** TensorProto of floats. */
const floats = (name: string, rows: number[][]) =>
  Buffer.concat([
    number(1, rows.length),
    number(1, rows[0]!.length),
    number(2, FLOAT),
    bytes(4, Buffer.from(Float32Array.from(rows.flat()).buffer)),
    bytes(8, name),
  ]);

/** ModelProto. */
function model(inputs: string[], output: Buffer, nodes: Buffer[], initializers: Buffer[] = []): Buffer {
  const graph = Buffer.concat([
    ...nodes.map((n) => bytes(1, n)),
    bytes(2, 'tiny'),
    ...initializers.map((tensor) => bytes(5, tensor)),
    ...inputs.map((name) => bytes(11, value(name, INT64, 2))),
    bytes(12, output),
  ]);
  return Buffer.concat([
    number(1, 8),
    bytes(7, graph),
    bytes(8, Buffer.concat([bytes(1, ''), number(2, 13)])),
  ]);
}

/** A BERT tokenizer over so many words: [CLS] a b [SEP], and for pairs [CLS] a [SEP] b [SEP]. */
function tokenizer(words: string[]): string {
  const marks = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];
  const special = (id: string, type_id = 0) => ({ SpecialToken: { id, type_id } });
  const sequence = (id: string, type_id = 0) => ({ Sequence: { id, type_id } });
  const single = [special('[CLS]'), sequence('A'), special('[SEP]')];
  return JSON.stringify({
    version: '1.0',
    truncation: { max_length: 4 },
    padding: { strategy: { Fixed: 8 } },
    added_tokens: marks.map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, sequence('B', 1), special('[SEP]', 1)],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((id) => [id, { id, ids: [marks.indexOf(id)], tokens: [id] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries([...marks, ...words].map((word, id) => [word, id])),
    },
  });
}

function folder(onnx: Buffer, words: string[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'agentops-model-'));
  writeFileSync(join(dir, 'model.onnx'), onnx);
  writeFileSync(join(dir, 'tokenizer.json'), tokenizer(words));
  return dir;
}

/** A sentence model whose tokens have the vectors given: marks are [1, 0, 0], the words as listed. */
export function tinySentenceModel(words: Record<string, [number, number, number]>): string {
  const table = [...Array.from({ length: 4 }, () => [1, 0, 0]), ...Object.values(words)];
  const graph = model(
    ['input_ids', 'attention_mask', 'token_type_ids'],
    value('last_hidden_state', FLOAT, 3),
    [node('Gather', ['table', 'input_ids'], 'last_hidden_state')],
    [floats('table', table)],
  );
  return folder(graph, Object.keys(words));
}

/** A cross-encoder without judgement: the score of a pair is the highest token id of the second text. */
export function tinyCrossEncoder(words: string[]): string {
  const graph = model(['input_ids', 'token_type_ids'], value('logits', FLOAT, 2), [
    node('Mul', ['input_ids', 'token_type_ids'], 'second'),
    node('Cast', ['second'], 'numbers', [whole('to', FLOAT)]),
    node('ReduceMax', ['numbers'], 'logits', [wholes('axes', 1), whole('keepdims', 1)]),
  ]);
  return folder(graph, words);
}
