import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { createSnowflakeSession } from '../../src/warehouse/snowflake/session.ts';
import { PASSWORD, startSnowflakeServer } from '../support/snowflake-server.ts';
import { until } from '../support/until.ts';
import { errors, open, rejection, run, server, session, works } from './snowflake-sessions.ts';

test('an aborted statement rejects at once and is cancelled in Snowflake', async () => {
  await server.order({ on: 'query', match: 'SLOW', kind: 'slow' });
  const controller = new AbortController();
  const running = rejection(run("SELECT 'SLOW'", [], controller.signal));
  await until(async () => (await server.observe()).running === 1);
  controller.abort();
  const error = await running;
  expect(error.permanent).toBe(false);
  expect(error.message).toContain('cancelled');
  await until(async () => {
    const { running, statements } = await server.observe();
    return running === 0 && statements.findLast(({ sql }) => sql.includes('SLOW'))!.cancelled;
  });
  await works(session);
});

test('a statement that gets no answer in its time is given up and cancelled', async () => {
  await server.order({ on: 'query', match: 'SLOW', kind: 'slow' });
  const hasty = open({}, { loginTimeoutMs: 500, statementTimeoutMs: 500 });
  await works(hasty);
  const error = await rejection(hasty.run({ sql: "SELECT 'SLOW'", params: [] }));
  expect(error).toMatchObject({ permanent: false, message: expect.stringContaining('within 1 s') });
  await until(async () => (await server.observe()).running === 0);
  await works(hasty);
});

test('a login that hangs is given up; should it succeed later, it is logged out', async () => {
  await server.order({ on: 'login', kind: 'slow', seconds: 1 });
  const hasty = open({}, { loginTimeoutMs: 200 });
  const { sessions, logins } = await server.observe();
  const error = await rejection(hasty.run({ sql: 'SELECT 1', params: [] }));
  expect(error).toMatchObject({
    permanent: false,
    message: expect.stringContaining('login within 0.2 s'),
  });
  await until(async () => (await server.observe()).logins.accepted === logins.accepted + 1);
  await until(async () => (await server.observe()).sessions === sessions);
});

test('closing does not wait for a Snowflake that no longer answers', async () => {
  await server.order({ on: 'query', match: 'SLOW', kind: 'slow' }, { on: 'end', kind: 'slow', times: 10 });
  const closing = createSnowflakeSession(server.config, { environment: 'test' });
  await works(closing);
  const running = rejection(closing.run({ sql: "SELECT 'SLOW'", params: [] }));
  await until(async () => (await server.observe()).running === 1);
  const begun = Date.now();
  await closing.close();
  expect((await running).permanent).toBe(false);
  expect(Date.now() - begun).toBeLessThan(10_000);
});

test('an answer that breaks off is an error worth a retry, and the next statement runs', async () => {
  await server.order({ on: 'query', match: 'BROKEN', kind: 'drop' });
  const error = await rejection(run("SELECT 'BROKEN'"));
  expect(error).toMatchObject({ permanent: false, message: expect.stringContaining('aborted') });
  await works(session);
});

test.each([
  ['390111', 'Session no longer exists.'],
  ['390112', 'Your session has expired.'],
  ['390114', 'Authentication token has expired.'],
])('sessions that ended meanwhile (%s) are opened anew, and the statement runs', async (code, message) => {
  const idle = open();
  await Promise.all(Array.from({ length: 6 }, () => works(idle)));
  await server.order({ on: 'query', kind: 'refuse', code, message, times: 6 });
  await works(idle);
});

test('a statement that must not run twice is not sent again', async () => {
  await run('SELECT 1 AS one');
  await server.order({ on: 'query', match: 'INSERT', kind: 'refuse', code: '390111', message: 'gone' });
  const error = await rejection(run("INSERT INTO NOTES SELECT 10, NULL, 'once', NULL, NULL"));
  expect(error).toMatchObject({ permanent: false, message: expect.stringContaining('session has ended') });
  expect(await run('SELECT COUNT(*) AS n FROM NOTES WHERE id = 10')).toEqual([{ n: 0 }]);
});

test('what answers in the place of Snowflake is told as such, and worth a retry', async () => {
  await server.order({ on: 'query', kind: 'status', status: 200 });
  const error = await rejection(run('SELECT 1'));
  expect(error).toMatchObject({ permanent: false, message: expect.stringContaining('something else') });
  await server.order({ on: 'login', kind: 'status', status: 404 });
  const missing = await rejection(open().run({ sql: 'SELECT 1', params: [] }));
  expect(missing.message).toMatch(/HTTP 404; check SNOWFLAKE_ACCOUNT/);
});

test('a Snowflake that is short of breath is asked again, and the statement has run once', async () => {
  await server.order({ on: 'query', match: 'INSERT', kind: 'status', status: 503, after: true });
  await run("INSERT INTO NOTES SELECT 9, NULL, 'once', NULL, NULL");
  expect(await run('SELECT COUNT(*) AS n FROM NOTES WHERE id = 9')).toEqual([{ n: 1 }]);
});

test('a part of a result that breaks off is fetched again; one that is gone is an error', async () => {
  const sql = 'SELECT SEQ4() AS id FROM TABLE(GENERATOR(ROWCOUNT => 5000)) ORDER BY 1';
  await server.order({ on: 'part', kind: 'drop' });
  const rows = await run(sql);
  expect(rows.every(({ id }, i) => id === i) && rows.length === 5_000).toBe(true);
  await server.order({ on: 'part', kind: 'status', status: 404 });
  const error = await rejection(run(sql));
  expect(error).toMatchObject({ permanent: false, message: expect.stringContaining('part of the result') });
  await works(session);
});

test('a Snowflake that is away is worth a retry', async () => {
  const nobody = open({ url: 'http://127.0.0.1:9' });
  const error = await rejection(nobody.run({ sql: 'SELECT 1', params: [] }));
  expect(error.permanent).toBe(false);
  expect(error.message).toContain('ECONNREFUSED');
});

test('more statements than connections wait in line; who is aborted there leaves it', async () => {
  await server.order({ on: 'query', match: 'SLOW', kind: 'slow', times: 6, seconds: 0.3 });
  const before = (await server.observe()).sessions;
  const busy = Array.from({ length: 6 }, () => run("SELECT 'SLOW' AS a"));
  const gone = new AbortController();
  const left = rejection(run('SELECT 1', [], gone.signal));
  const last = run('SELECT 5 AS five');
  gone.abort();
  expect((await left).permanent).toBe(false);
  expect(await last).toEqual([{ five: 5 }]);
  await Promise.all(busy);
  expect((await server.observe()).sessions).toBeLessThanOrEqual(before + 6);
});

test('after 1,000 polls, some failing and some aborted, nothing is left open', async () => {
  const own = await startSnowflakeServer();
  const polled = createSnowflakeSession(own.config, { environment: 'test' });
  const ask = (sql: string, signal?: AbortSignal) => polled.run({ sql, params: [] }, signal);
  try {
    await own.order(
      { on: 'query', match: 'SLOW', kind: 'slow', times: 1_000 },
      {
        on: 'query',
        match: 'FULL',
        kind: 'refuse',
        code: '000603',
        message: '',
        state: 'XX000',
        times: 1_000,
      },
    );
    let most = 0;
    const poll = async (i: number) => {
      if (i % 10 === 3) await rejection(ask('SELECT * FROM NOWHERE'));
      else if (i % 5 === 0) await rejection(ask("SELECT 'FULL'"));
      else if (i % 10 === 7)
        await rejection(ask("SELECT 'SLOW'", AbortSignal.timeout(i % 20 === 7 ? 5 : 50)));
      else await works(polled);
      if (i % 50 === 0) most = Math.max(most, (await own.observe()).sessions);
    };
    let next = 0;
    const poller = async () => {
      while (next < 1_000) await poll(next++);
    };
    await Promise.all(Array.from({ length: 8 }, poller));
    // Those that were aborted are being logged out beside the six that are in use.
    expect(most).toBeLessThan(30);
    expect((await own.observe()).logins.accepted).toBeLessThan(150);
    await polled.close();
    await until(async () => {
      const { sessions, sockets, running } = await own.observe();
      // The question's own socket is open.
      return sessions === 0 && sockets === 1 && running === 0;
    });
  } finally {
    await own.close();
  }
});

test('none of these errors holds a password, a key or a token, for a log or for a history', () => {
  const written = errors.map((error) => inspect(error, { depth: 10, showHidden: true }));
  const key = server.privateKey.split('\n')[1]!;
  for (const text of written) {
    for (const secret of [PASSWORD, 'not-the-password', 'sesame', key, 'Token=']) {
      expect(text).not.toContain(secret);
    }
  }
  expect(written.length).toBeGreaterThan(20);
});
