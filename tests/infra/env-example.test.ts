import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/config.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const lines = readFileSync(join(ROOT, '.env.example'), 'utf8').split('\n');
const example = Object.fromEntries(
  lines.filter((line) => /^\w+=/.test(line)).map((line) => line.split('=', 2) as [string, string]),
);

test('.env.example names every variable of ours that the configuration reads, with its default', () => {
  const source = readFileSync(join(ROOT, 'src', 'config', 'config.ts'), 'utf8');
  const read = [...source.matchAll(/^ {2}((?:AGENTOPS|SNOWFLAKE|TEMPORAL)_\w+):/gm)].map(
    (match) => match[1]!,
  );
  expect(Object.keys(example).sort()).toEqual(read.sort());
  const { childEnv: _, ...defaults } = readConfig({});
  const { childEnv: __, ...shown } = readConfig(example);
  expect(shown).toEqual(defaults);
});
