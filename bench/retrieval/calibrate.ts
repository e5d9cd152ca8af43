import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/config.ts';
import { defaultOffers } from '../../src/install/weights.ts';
import type { FoundEmbedder } from '../../src/knowledge/embedding/embedding.ts';
import { openEmbedder } from '../../src/knowledge/open.ts';
import { answerable, type Signals } from '../../src/knowledge/search/abstention.ts';
import { judge, look } from '../../src/knowledge/search/search.ts';
import { ownCorpus, withIndex } from './corpus.ts';
import { fitLogistic } from './logistic.ts';

/**
 * Prints the coefficients of src/knowledge/abstention.ts for each embedding model and for words alone, fitted on the
 * `tune` half of tests/knowledge/questions.yaml, and how often each half would abstain:
 * `node bench/retrieval/calibrate.ts`. Run it when runbooks, ranking or models change.
 */
const QUESTIONS = 'tests/knowledge/questions.yaml';
const HALVES = ['tune', 'test'] as const;
type Half = (typeof HALVES)[number];

interface Questions {
  answerable: Record<Half, { text: string }[]>;
  unanswerable: Record<Half, string[]>;
}

interface Row {
  text: string;
  positive: boolean;
  signals: Signals;
}

/** Signals that are used: a passage's nearness in meaning and a document's words; without a model words alone. */
const FEATURES = {
  meaning: ['interaction', 'coverage'],
  words: ['coverage', 'density'],
} as const satisfies Record<string, (keyof Signals)[]>;

async function calibrate(found: FoundEmbedder): Promise<void> {
  await withIndex(found, ownCorpus(), async (means) => {
    const questions = parse(readFileSync(QUESTIONS, 'utf8')) as Questions;
    const rowsOf = async (half: Half): Promise<Row[]> => {
      const rows: Row[] = [];
      const add = async (text: string, positive: boolean) => {
        const request = { query: text };
        const signals = (await judge(means, await look(means, request), request))?.signals;
        if (signals) rows.push({ text, positive, signals });
      };
      for (const { text } of questions.answerable[half]) await add(text, true);
      for (const text of questions.unanswerable[half]) await add(text, false);
      return rows;
    };
    const features = found.embedder ? FEATURES.meaning : FEATURES.words;
    const valuesOf = ({ signals }: Row) => features.map((name) => signals[name] ?? 0);
    const tune = await rowsOf('tune');
    const fit = fitLogistic(tune.map((row) => ({ features: valuesOf(row), positive: row.positive })));
    const likely = (row: Row) =>
      1 / (1 + Math.exp(-valuesOf(row).reduce((sum, v, i) => sum + v * fit.weights[i]!, fit.constant)));
    const abstains = (row: Row) => likely(row) < answerable(found.embedder?.name ?? null, row.signals).limit;
    const share = (rows: Row[], positive: boolean) => {
      const of = rows.filter((row) => row.positive === positive);
      return `${of.filter(abstains).length} of ${of.length}`;
    };
    const coefficients = features.map((name, i) => `${name}: ${fit.weights[i]!.toFixed(2)}`).join(', ');
    console.log(
      `${found.embedder?.name ?? 'words alone'}: ${coefficients}, constant: ${fit.constant.toFixed(2)}`,
    );
    for (const half of HALVES) {
      const rows = half === 'tune' ? tune : await rowsOf(half);
      console.log(
        `  ${half}: abstains for ${share(rows, true)} answerable, ${share(rows, false)} unanswerable`,
      );
      if (half === 'tune')
        for (const row of rows.filter((r) => abstains(r) === r.positive))
          console.log(`    wrong: ${row.text}`);
    }
  });
}

const config = readConfig();
for (const offer of defaultOffers(config))
  await calibrate(await openEmbedder(config, console.error, [offer]));
await calibrate({ embedder: null, why: 'asked for words alone' });
