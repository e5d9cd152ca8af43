import { readdirSync, readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from '@jest/globals';
import { createTables } from '../../src/warehouse/schema.ts';

const blocks = readdirSync('runbooks').flatMap((file) =>
  [...readFileSync(`runbooks/${file}`, 'utf8').matchAll(/```sql\n([\s\S]*?)```/g)].flatMap(([, sql]) =>
    sql!
      .split(';')
      .map((statement) => statement.trim())
      .filter(Boolean)
      .map((statement) => [file, statement] as const),
  ),
);

test('the runbooks hold SQL', () => expect(blocks.length).toBeGreaterThanOrEqual(7));

test.each(blocks)('a statement of %s runs on the warehouse', async (_, statement) => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const create of createTables('DuckDB')) await connection.run(create);
  await connection.runAndReadAll(statement);
  connection.closeSync();
  instance.closeSync();
});
