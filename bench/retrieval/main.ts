import { parseArgs } from 'node:util';
import { readConfig } from '../../src/config/config.ts';
import { BGE, MINILM } from '../../src/install/embedding-models.ts';
import { defaultOffers } from '../../src/install/weights.ts';
import type { FoundEmbedder } from '../../src/knowledge/embedding/embedding.ts';
import { openEmbedder } from '../../src/knowledge/open.ts';
import { readCorpus, readQueries, withIndex } from './corpus.ts';
import { measure, NOT_MEASURED, summary, textOf } from './measure.ts';
import { bootstrap, seeded } from './metrics.ts';

const RESAMPLES = 10_000;
const SEED = 1;
const MODELS = { best: null, bge: BGE, minilm: MINILM };

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
  const corpus = readCorpus(values.corpus);
  const queries = readQueries(values.queries, corpus);
  const texts = corpus.map(({ path, content }, i) => ({
    path: values.names ? path : `${i + 1}.md`,
    content,
  }));
  const names = new Map(texts.map(({ path }, i) => [path, corpus[i]!.path]));
  const found = await chosenEmbedder(values.embedder);
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  tell(`indexing ${texts.length} documents …`);
  const begun = performance.now();
  await withIndex(found, texts, async (_, knowledge) => {
    const indexSeconds = (performance.now() - begun) / 1000;
    tell(`indexed in ${indexSeconds.toFixed(1)} s; asking ${queries.length} queries in each mode …`);
    const measured = await measure(knowledge, queries, names);
    const gain = (metric: 'ndcg@10' | 'hit@1') =>
      bootstrap(
        queries.map((_, i) => measured.default.qualities[i]![metric] - measured.rrf.qualities[i]![metric]),
        RESAMPLES,
        seeded(SEED),
      );
    const report = {
      embedder: found.embedder?.name ?? null,
      documents: texts.length,
      queries: queries.length,
      file_names: values.names ? 'indexed' : 'hidden',
      index_seconds: indexSeconds,
      peak_memory_mb: process.resourceUsage().maxRSS / 1024,
      systems: { ...summary(measured), ...(found.embedder ? {} : { vector: NOT_MEASURED }) },
      note: found.embedder ? null : `${found.why}: vector is not measured, and rrf is bm25`,
      /** Paired bootstrap, 95 %. */
      default_minus_rrf: { resamples: RESAMPLES, 'ndcg@10': gain('ndcg@10'), 'hit@1': gain('hit@1') },
    };
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : textOf(report));
  });
}

async function chosenEmbedder(choice: string): Promise<FoundEmbedder> {
  if (choice === 'none') return { embedder: null, why: 'asked for words alone' };
  if (!Object.hasOwn(MODELS, choice))
    throw new Error(`--embedder: expected best, bge, minilm or none, got "${choice}"`);
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
