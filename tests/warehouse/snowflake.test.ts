import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { dir, open, rejection, run, server, session, works } from './snowflake-sessions.ts';

test('values go in bound and come back as scalars under lower-case names', async () => {
  const body = `it's; DROP TABLE NOTES -- "?"`;
  await run('INSERT INTO NOTES SELECT ?, CAST(? AS TIMESTAMP_NTZ), ?, ?, TRUE', [
    7,
    '2026-03-29T02:30:00.125Z',
    body,
    0.1,
  ]);
  expect(await run('SELECT * FROM NOTES WHERE id = ?', [7])).toEqual([
    { id: 7, seen: '2026-03-29T02:30:00.125Z', body, weight: 0.1, done: true },
  ]);
});

test('nulls are null, and so are NaN and infinities, as from DuckDB', async () => {
  await run('INSERT INTO NOTES SELECT 8, NULL, ?, NULL, NULL', [null]);
  expect(await run('SELECT * FROM NOTES WHERE id = 8')).toEqual([
    { id: 8, seen: null, body: null, weight: null, done: null },
  ]);
  expect(await run("SELECT 'NaN'::DOUBLE AS a, 'inf'::DOUBLE AS b, '-inf'::DOUBLE AS c")).toEqual([
    { a: null, b: null, c: null },
  ]);
});

test('a value that the port does not know is refused by name', async () => {
  const error = await rejection(run('SELECT PARSE_JSON(\'{"a": 1}\') AS document'));
  expect(error).toMatchObject({ permanent: true, message: expect.stringContaining('DOCUMENT') });
  await works(session);
});

test('a large result comes in parts, whole and in order', async () => {
  const rows = await run('SELECT SEQ4() AS id FROM TABLE(GENERATOR(ROWCOUNT => 34567)) ORDER BY 1');
  expect(rows).toHaveLength(34_567);
  expect(rows.every(({ id }, i) => id === i)).toBe(true);
});

test('statements carry a tag, run in UTC, and end in Snowflake after their time', async () => {
  const other = open({}, { statementTimeoutMs: 12_000 });
  await works(other);
  const { parameters } = (await server.observe()).statements.at(-1)!;
  expect(parameters).toEqual({
    QUERY_TAG: '{"app":"agentops","environment":"test"}',
    TIMEZONE: 'UTC',
    TIMESTAMP_INPUT_FORMAT: 'AUTO',
    STATEMENT_TIMEOUT_IN_SECONDS: 12,
    STATEMENT_QUEUED_TIMEOUT_IN_SECONDS: 12,
  });
});

test('times are the same wherever the process runs, and the driver leaves no log behind', async () => {
  const script = `
    import { createSnowflakeSession } from ${JSON.stringify(import.meta.resolve('../../src/warehouse/snowflake/session.ts'))};
    const session = createSnowflakeSession(${JSON.stringify(server.config)}, { environment: 'test' });
    const sql = 'SELECT CAST(? AS TIMESTAMP_NTZ) AS at, 1 + 1 AS two';
    console.log(JSON.stringify(await session.run({ sql, params: ['2026-03-29T02:30:00.000Z'] })));
    await session.close();`;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--input-type=module', '-e', script],
    { cwd: dir, env: { ...process.env, TZ: 'Asia/Kolkata', NODE_OPTIONS: '' } },
  );
  expect(JSON.parse(stdout)).toEqual([{ at: '2026-03-29T02:30:00.000Z', two: 2 }]);
  expect(stderr).toBe('');
  expect(existsSync(join(dir, 'snowflake.log'))).toBe(false);
});

test('a wrong password is refused for good, and not told', async () => {
  const stranger = open({ password: 'not-the-password' });
  const error = await rejection(stranger.run({ sql: 'SELECT 1', params: [] }));
  expect(error.permanent).toBe(true);
  expect(error.message).toContain('SNOWFLAKE_PASSWORD');
  expect(error.message).toContain('390100');
  expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain('not-the-password');
});

test('a key pair logs in, with a passphrase too; another key is refused for good', async () => {
  const path = join(dir, 'key.p8');
  await writeFile(path, server.privateKey);
  await works(open({ password: null, privateKeyPath: path }));

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'sesame',
  });
  const other = join(dir, 'other.p8');
  await writeFile(other, pem);
  const withKey = (privateKeyPath: string, privateKeyPass: string | null) =>
    rejection(open({ password: null, privateKeyPath, privateKeyPass }).run({ sql: 'SELECT 1', params: [] }));
  const refused = await withKey(other, 'sesame');
  expect(refused).toMatchObject({ permanent: true, message: expect.stringContaining('390144') });
  const locked = await withKey(other, 'open sesame');
  expect(locked).toMatchObject({
    permanent: true,
    message: expect.stringContaining('SNOWFLAKE_PRIVATE_KEY_PASS'),
  });
  expect(locked.message).not.toContain('sesame');
  const absent = await withKey(join(dir, 'absent.p8'), null);
  expect(absent).toMatchObject({ permanent: true, message: expect.stringContaining('ENOENT') });
});

test.each([
  ['a wrong statement', 'SELEC 1', true],
  ['a table that is not there', 'SELECT * FROM NOWHERE', true],
  ['a value that does not fit', "SELECT CAST('yesterday' AS TIMESTAMP_NTZ)", true],
] as const)('%s is an error for good, and the next statement runs', async (_, sql, permanent) => {
  const before = (await server.observe()).logins.accepted;
  const error = await rejection(run(sql));
  expect(error.permanent).toBe(permanent);
  expect(error.message).toContain('account test');
  await works(session);
  expect((await server.observe()).logins.accepted).toBe(before);
});

test.each([
  [
    'a statement that Snowflake ended',
    { code: '000630', message: 'reached its timeout', state: '57014' },
    false,
  ],
  ['an internal error', { code: '000603', message: 'Processing aborted', state: 'XX000' }, false],
  ['a lock that others hold', { code: '000625', message: 'aborted: lock', state: '57014' }, false],
  ['no warehouse', { code: '000606', message: 'No active warehouse selected', state: '57P03' }, true],
  ['no privilege', { code: '003001', message: 'Insufficient privileges', state: '42501' }, true],
])('%s is told apart, and the next statement runs', async (_, refusal, permanent) => {
  await server.order({ on: 'query', kind: 'refuse', ...refusal });
  const error = await rejection(run('SELECT 2'));
  expect(error.permanent).toBe(permanent);
  await works(session);
});

test.each([
  [503, false],
  [403, true],
])('a login that is answered with %i is permanent: %s', async (status, permanent) => {
  await server.order({ on: 'login', kind: 'status', status });
  const other = open();
  const error = await rejection(other.run({ sql: 'SELECT 1', params: [] }));
  expect(error.permanent).toBe(permanent);
  await works(other);
});
