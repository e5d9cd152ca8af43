import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  circlesOf,
  FLOORS,
  fileCircles,
  importsOf,
  roomGraph,
  sourcesOf,
  upwardArrows,
} from '../../scripts/imports.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const sources = sourcesOf(ROOT);

/** What a file loads at run time: our files as paths below the root, packages by name. */
function loadsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const packages = [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from '([^.'][^']*)'/gm)];
  const ours = importsOf(ROOT, file).filter(({ type }) => !type);
  return [...packages.map(([, name]) => name!), ...ours.map(({ to }) => to)];
}

/** Everything that the files of a folder load, directly or through others. */
function reach(folder: string): Set<string> {
  const found = new Set<string>();
  const open = sources.filter((file) => file.startsWith(`${folder}/`));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const name of loadsOf(file)) {
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
    .filter((file) => importsOf(ROOT, file).some(({ to }) => to.startsWith('src/sandbox/')));
  expect(importers).toEqual([]);
});

test('only the configuration reads the environment', () => {
  const readers = sources.filter((file) => /\bprocess\.env\b/.test(readFileSync(join(ROOT, file), 'utf8')));
  expect(readers).toEqual(['src/config/config.ts']);
});

const graph = roomGraph(ROOT);

test('every room has its floor, and imports, types among them, only what is on a lower one', () => {
  expect([...graph.keys()].sort()).toEqual(FLOORS.flat().sort());
  expect(upwardArrows(graph)).toEqual([]);
  expect(circlesOf(new Map([...graph].map(([from, to]) => [from, to.keys()])))).toEqual([]);
});

test('no file imports itself through others', () => {
  expect(fileCircles(ROOT)).toEqual([]);
});

test('no file is longer than 300 lines', () => {
  const files = globSync('{src,workflows,activities,temporal,tests,bench,scripts}/**/*.{ts,mjs}', {
    cwd: ROOT,
  });
  const lines = (file: string) => readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1;
  expect(files.filter((file) => lines(file) > 300)).toEqual([]);
});

test('the script finds a circle and an arrow upwards where there is one', () => {
  expect(
    circlesOf(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['a']],
        ['d', ['a']],
      ]),
    ),
  ).toEqual([['a', 'b', 'c']]);
  expect(upwardArrows(new Map([['src/domain', new Map([['src/store', 1]])]]))).toEqual([
    'src/domain → src/store',
  ]);
});
