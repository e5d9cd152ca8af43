import { type Config, readConfig, readPolicy } from '../../src/config/config.ts';
import { drawInstances } from './draw.ts';
import { evaluate } from './evaluate.ts';
import type { Systems } from './investigate.ts';
import { readOptions } from './options.ts';
import { offences, textReport } from './report.ts';
import { readScenarios } from './scenario.ts';
import { type Score, summarise } from './score.ts';

/** The rules, and the configured model if its server has it. */
async function systemsOf({ ollama }: Config): Promise<Systems> {
  const rules = { rules: null };
  if (!ollama) return rules;
  try {
    const response = await fetch(new URL('/api/tags', ollama.url), { signal: AbortSignal.timeout(2_000) });
    const { models } = (await response.json()) as { models: { name: string }[] };
    const there = models.some(({ name }) => name === ollama.model || name.split(':')[0] === ollama.model);
    return there ? { ...rules, [ollama.model]: ollama } : rules;
  } catch {
    return rules;
  }
}

/**
 * `npm run eval [-- --seed N --scenarios DIR --json]`: draws the scenarios, plays each in a sandbox, judges the diagnoses.
 * Exit 1 where one recommends a risky action on a healthy instance, and where it cannot be run.
 */
async function main(): Promise<void> {
  const { seed, scenarios, json } = readOptions(process.argv.slice(2));
  const instances = drawInstances(readScenarios(scenarios), seed);
  const config = readConfig();
  const systems = await systemsOf(config);
  const scores = new Map<string, Score[]>(Object.keys(systems).map((name) => [name, []]));
  const begun = performance.now();
  const show = (text: string) => process.stderr.isTTY && process.stderr.write(`\r${text}\u001b[K`);
  let done = 0;
  for await (const result of evaluate(instances, { seed, policy: readPolicy(config), systems })) {
    for (const [name, score] of Object.entries(result.scores)) scores.get(name)!.push(score);
    show(`${++done} of ${instances.length}: ${result.instance.id}`);
  }
  show('');
  const seconds = Number(((performance.now() - begun) / 1000).toFixed(1));
  const summaries = Object.fromEntries([...scores].map(([name, all]) => [name, summarise(all)]));
  if (json) {
    process.stdout.write(`${JSON.stringify({ seed, instances: done, seconds, systems: summaries })}\n`);
  } else {
    const reports = Object.entries(summaries).map(([name, summary]) => textReport(name, summary));
    const noModel =
      scores.size === 1 ? `no model at ${config.ollama?.url ?? 'all (off)'}: rules alone\n` : '';
    process.stdout.write(`seed ${seed}, ${done} instances, ${seconds} s\n${noModel}\n${reports.join('\n')}`);
  }
  for (const offence of offences(summaries)) {
    process.stderr.write(`eval: ${offence}\n`);
    process.exitCode = 1;
  }
}

main().catch((error: Error) => {
  process.stderr.write(`eval: ${error.message.split('\n')[0]}\n`);
  process.exitCode = 1;
});
