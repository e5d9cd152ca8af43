import { parseArgs } from 'node:util';
import { readConfig, readPolicy } from '../../src/config/config.ts';
import { createKnowledge } from '../../src/knowledge/sqlite.ts';
import { drawInstances } from './draw.ts';
import { investigate } from './investigate.ts';
import { textReport } from './report.ts';
import { readScenarios } from './scenario.ts';
import { type Score, scoreOf, summarise } from './score.ts';
import { Worlds } from './world.ts';

/** `npm run eval [-- --seed N --scenarios DIR --json]`: draws the scenarios, plays each in a sandbox, judges the diagnoses. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      scenarios: { type: 'string', default: 'tests/scenarios' },
      json: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed);
  if (!Number.isInteger(seed)) throw new Error(`--seed: expected a whole number, got "${values.seed}"`);
  const instances = drawInstances(readScenarios(values.scenarios), seed);
  const policy = readPolicy(readConfig());
  const knowledge = createKnowledge(':memory:');
  await knowledge.ingest(['runbooks', 'incidents']);
  const worlds = new Worlds(seed);
  const begun = performance.now();
  const scores: Score[] = [];
  try {
    for (const [i, instance] of instances.entries()) {
      if (process.stderr.isTTY)
        process.stderr.write(`\r${i + 1} of ${instances.length} ${instance.id}\u001b[K`);
      const outside = await worlds.open(instance);
      try {
        const outcome = await investigate(instance, outside, { knowledge, policy });
        scores.push(scoreOf(instance, outcome, outcome.diagnosis));
      } finally {
        await outside.close();
      }
    }
  } finally {
    worlds.close();
    knowledge.close();
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
  const seconds = Number(((performance.now() - begun) / 1000).toFixed(1));
  const systems = { rules: summarise(scores) };
  if (values.json)
    process.stdout.write(`${JSON.stringify({ seed, instances: scores.length, seconds, systems })}\n`);
  else {
    const reports = Object.entries(systems).map(([name, summary]) => textReport(name, summary));
    process.stdout.write(`seed ${seed}, ${scores.length} instances, ${seconds} s\n\n${reports.join('\n')}`);
  }
}

main().catch((error: Error) => {
  process.stderr.write(`eval: ${error.message.split('\n')[0]}\n`);
  process.exitCode = 1;
});
