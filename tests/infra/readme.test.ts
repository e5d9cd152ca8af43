import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/config.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const readme = read('README.md');

function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1]!))].sort();
}

test('the configuration table names every variable that the configuration reads, with its default', () => {
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (?:`([^`]*)`)? *\|/gm)];
  const table = Object.fromEntries(rows.map(([, name, value = '']) => [name, value]));
  const schema = read('src/config/config.ts').split('const Env = z.object({')[1]!.split('\n});')[0]!;
  expect(Object.keys(table).sort()).toEqual(matches(schema, /^ {2}([A-Z_]+):/gm));
  const { childEnv: _, ...defaults } = readConfig({});
  const { childEnv: __, ...shown } = readConfig(table);
  expect(shown).toEqual(defaults);
});

test('every agentops command, npm script and route that the README names exists', () => {
  const help = spawnSync(process.execPath, [join(ROOT, 'src', 'cli', 'main.ts'), '--help'], {
    encoding: 'utf8',
  }).stdout;
  const commands = matches(help, /^ {2}(\w+) /gm);
  const named = matches(readme, /npx agentops (\w+)/g);
  expect(named).toEqual(expect.arrayContaining(['approve', 'deny', 'doctor', 'incidents', 'show']));
  expect(commands).toEqual(expect.arrayContaining(named));

  const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
  expect(scripts).toEqual(expect.arrayContaining(matches(readme, /npm run ([\w:]+)/g)));

  const served = readFileSync(join(ROOT, 'src', 'api', 'routes.ts'), 'utf8');
  const files = matches(served, /from '\.\/routes\/([\w-]+)\.ts'/g);
  const paths = files.flatMap((file) =>
    matches(read(`src/api/routes/${file}.ts`), /path: ['`]([^'`]+)['`]/g),
  );
  const signals = paths.map((path) =>
    path.replace(/(\/signals\/)\w+$/, '$1:name').replace(/\$\{verb\}/, 'pause'),
  );
  const routes = matches(readme.split('## REST')[1]!.split('\n## ')[0]!, /[` ](\/(?:api\/[\w:/-]+|\w+z))`/g);
  expect(routes).toContain('/api/incidents/:id/operate');
  expect(signals).toEqual(expect.arrayContaining(routes));
});

test('every file that the documents link to exists', () => {
  for (const [document, folder] of [
    ['README.md', ''],
    ['AGENTS.md', ''],
    ['docs/decisions.md', 'docs'],
  ] as const) {
    const links = matches(read(document), /\]\((?!https?:|#)([^)#]+)/g);
    expect(links.filter((link) => !existsSync(join(ROOT, folder, link)))).toEqual([]);
  }
});
