import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';

const run = promisify(execFile);

test('processes that create and write one store at once lose nothing and allot no id twice', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'agentops-store-')), 'agentops.db');
  const writer = join(import.meta.dirname, 'writer.ts');
  const count = 100;
  const results = await Promise.all(
    ['one', 'two', 'three'].map(async (name) => {
      const { stdout } = await run(process.execPath, [writer, path, name, String(count)]);
      return JSON.parse(stdout) as { alerts: string[]; incidents: string[] };
    }),
  );
  expect(new Set(results.flatMap(({ alerts }) => alerts)).size).toBe(4 * count);
  expect(results[1]!.incidents).toEqual(results[0]!.incidents);
  expect(results[2]!.incidents).toEqual(results[0]!.incidents);
  expect(new Set(results[0]!.incidents).size).toBe(count);
  const store = openSqliteStore(path);
  expect(await store.events('INC-2026-0228')).toHaveLength(3 * count);
  store.close();
});
