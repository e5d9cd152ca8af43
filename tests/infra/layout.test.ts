import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const sources = globSync('{src,workflows,activities,temporal}/**/*.ts', { cwd: ROOT }).filter(
  (file) => !file.endsWith('.test.ts'),
);

/** What a file imports at run time: our files as paths below the root, packages by name. Types leave no import behind. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const named = [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from '([^']+)'/gm)];
  const others = [...text.matchAll(/^import '([^']+)'|\bimport\('([^']+)'\)/gm)];
  return [...named, ...others]
    .map(([, first, second]) => (first ?? second)!)
    .map((name) => (name.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), name)) : name));
}

/** Everything that the files of a folder load, directly or through others. */
function reach(folder: string): Set<string> {
  const found = new Set<string>();
  const open = sources.filter((file) => file.startsWith(`${folder}/`));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const name of importsOf(file)) {
      if (found.has(name)) continue;
      found.add(name);
      if (sources.includes(name)) open.push(name);
    }
  }
  return found;
}

test('workflow code is deterministic: it neither embeds nor searches, nor loads anything that could', () => {
  const loaded = [...reach('workflows')];
  expect(loaded).toContain('src/domain/alert.ts');
  const foreign = loaded.filter(
    (name) =>
      !/^(workflows|src\/domain|src\/reasoning)\//.test(name) &&
      !['@temporalio/workflow', '@temporalio/common', 'zod'].includes(name) &&
      !name.startsWith('@noble/hashes/'),
  );
  expect(foreign).toEqual([]);
});

test('the domain imports nothing of ours, and nothing of ours imports the sandbox', () => {
  const outside = [...reach('src/domain')].filter((name) =>
    /^(src|workflows|activities|temporal)\//.test(name),
  );
  expect(outside.filter((name) => !name.startsWith('src/domain/'))).toEqual([]);
  const importers = sources
    .filter((file) => !file.startsWith('src/sandbox/'))
    .filter((file) => importsOf(file).some((name) => /^(src\/sandbox|seed)\//.test(name)));
  expect(importers).toEqual([]);
});

test('only the configuration reads the environment', () => {
  const readers = sources.filter((file) => /\bprocess\.env\b/.test(readFileSync(join(ROOT, file), 'utf8')));
  expect(readers).toEqual(['src/config/config.ts']);
});
