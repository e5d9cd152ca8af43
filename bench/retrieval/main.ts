import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readConfig } from '../../src/config/config.ts';
import type { FoundEmbedder } from '../../src/knowledge/embedding.ts';
import { BGE, MINILM } from '../../src/knowledge/models.ts';
import { openEmbedder } from '../../src/knowledge/open.ts';
import { createKnowledge } from '../../src/knowledge/sqlite.ts';
import { defaultOffers } from '../../src/knowledge/weights.ts';
import { measure, type Query, summary, textOf } from './measure.ts';
import { bootstrap, seeded } from './metrics.ts';

const RESAMPLES = 10_000;
const SEED = 1;
const MODELS = { best: null, bge: BGE, minilm: MINILM };

const QueryLine = z.object({ id: z.string(), text: z.string().min(1), relevant: z.array(z.string()).min(1) });

/**
 * `npm run bench:retrieval -- --corpus DIR --queries FILE.jsonl [--embedder best|bge|minilm|none] [--names] [--json]`:
 * how early each way of searching ranks the relevant documents, a document by its best section. Files are indexed under
 * numbers: names of public runbooks repeat the alert that a query was made from. `--names` keeps them, as in service.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      corpus: { type: 'string' },
      queries: { type: 'string' },
      embedder: { type: 'string', default: 'best' },
      names: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  if (!values.corpus || !values.queries) throw new Error('expected --corpus DIR and --queries FILE.jsonl');
  const files = readCorpus(values.corpus);
  const queries = readQueries(values.queries, files);
  const names = new Map(files.map(({ file }, i) => [values.names ? file : `${i + 1}.md`, file]));
  const embedder = await chosenEmbedder(values.embedder);

  const dir = mkdtempSync(join(tmpdir(), 'agentops-bench-'));
  const knowledge = createKnowledge(join(dir, 'index.db'), { embedder: Promise.resolve(embedder) });
  try {
    const begun = performance.now();
    await knowledge.collect(
      null,
      files.map(({ content }, i) => ({ path: [...names.keys()][i]!, content })),
    );
    await knowledge.ready();
    const indexSeconds = (performance.now() - begun) / 1000;
    const measured = await measure(knowledge, queries, names);
    const gain = (metric: 'ndcg@10' | 'hit@1') =>
      bootstrap(
        queries.map((_, i) => measured.default.qualities[i]![metric] - measured.rrf.qualities[i]![metric]),
        RESAMPLES,
        seeded(SEED),
      );
    const report = {
      embedder: embedder.embedder?.name ?? null,
      documents: files.length,
      queries: queries.length,
      file_names: values.names ? 'indexed' : 'hidden',
      index_seconds: indexSeconds,
      peak_memory_mb: process.resourceUsage().maxRSS / 1024,
      systems: summary(measured),
      /** Paired bootstrap, 95 %. */
      default_minus_rrf: { resamples: RESAMPLES, 'ndcg@10': gain('ndcg@10'), 'hit@1': gain('hit@1') },
    };
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : textOf(report));
  } finally {
    knowledge.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function readCorpus(dir: string): { file: string; content: string }[] {
  let names: string[];
  try {
    names = readdirSync(dir).filter((name) => /\.(md|txt)$/i.test(name));
  } catch {
    throw new Error(`${dir}: no such folder of documents`);
  }
  if (names.length === 0) throw new Error(`${dir}: expected .md or .txt files, found none`);
  return names.sort().map((file) => ({ file, content: readFileSync(join(dir, file), 'utf8') }));
}

function readQueries(path: string, files: { file: string }[]): Query[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new Error(`${path}: no such file of queries`);
  }
  const known = new Set(files.map(({ file }) => file));
  const queries = text
    .split('\n')
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => {
      const query = QueryLine.safeParse(parseJson(line));
      if (!query.success)
        throw new Error(`${path}, line ${number}: expected {"id", "text", "relevant": [file, …]} in JSON`);
      const missing = query.data.relevant.find((file) => !known.has(file));
      if (missing) throw new Error(`${path}, line ${number}: the corpus has no file ${missing}`);
      return query.data;
    });
  if (queries.length === 0) throw new Error(`${path}: expected one query a line, found none`);
  return queries;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

async function chosenEmbedder(choice: string): Promise<FoundEmbedder> {
  if (choice === 'none') return { embedder: null, why: 'asked for words alone' };
  if (!(choice in MODELS)) throw new Error(`--embedder: expected best, bge, minilm or none, got "${choice}"`);
  const model = MODELS[choice as keyof typeof MODELS];
  const config = readConfig();
  const offers = defaultOffers(config).filter((offer) => !model || offer.model === model);
  const found = await openEmbedder(config, (line) => process.stderr.write(`${line}\n`), offers);
  if (model && !found.embedder) throw new Error(`--embedder ${choice}: ${found.why}`);
  return found;
}

main().catch((error: Error) => {
  process.stderr.write(`bench:retrieval: ${error.message.split('\n')[0]}\n`);
  process.exitCode = 1;
});
