import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { doctor } from '../../src/cli/doctor.ts';
import { takeLock } from '../../src/cli/up/lock.ts';
import { readConfig } from '../../src/config/config.ts';
import { openTarget } from '../../src/sandbox/mirror/target.ts';
import { createTables } from '../../src/warehouse/schema.ts';
import { startSnowflakeServer } from '../support/snowflake-server.ts';

let dir: string;
const taken = createServer();
let port: number;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentops-doctor-'));
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  port = (taken.address() as AddressInfo).port;
});
afterAll(async () => {
  taken.close();
  await rm(dir, { recursive: true });
});

function configWith(env: NodeJS.ProcessEnv) {
  return readConfig({ AGENTOPS_DIR: dir, XDG_CACHE_HOME: dir, PATH: dir, ...env });
}

test('doctor names what is wrong, why, and what to do about it', async () => {
  const policy = join(dir, 'policy.yaml');
  await writeFile(policy, 'components: {}\npoll: { every: soon }\n');
  // Nothing listens on port 1.
  const findings = await doctor(
    configWith({
      AGENTOPS_PORT: String(port),
      AGENTOPS_POLICY: policy,
      AGENTOPS_TEMPORAL_PORT: '1',
      AGENTOPS_PLATFORM_URL: 'http://127.0.0.1:1',
      AGENTOPS_URL: 'http://127.0.0.1:1',
      TEMPORAL_CLI: '/nowhere/temporal',
    }),
  );
  const bad = Object.fromEntries(findings.filter(({ ok }) => !ok).map((finding) => [finding.check, finding]));
  expect(bad['Temporal command']?.detail).toContain('TEMPORAL_CLI: expected an executable file');
  expect(bad.Policy?.detail).toContain('poll.every: expected a duration such as 90s, 5m or 24h, got "soon"');
  expect(bad[`Port ${port}`]).toMatchObject({
    detail: 'used by another program',
    fix: 'stop that, or set AGENTOPS_PORT',
  });
  expect(bad.API).toMatchObject({ detail: 'http://127.0.0.1:1/readyz does not answer' });
  expect(bad.Temporal).toMatchObject({ detail: 'nothing answers at 127.0.0.1:1', fix: 'npm start' });
  expect(findings.find(({ check }) => check === 'Node')).toMatchObject({ ok: true, detail: process.version });
  for (const { ok, fix } of findings) if (!ok) expect(fix).toBeTruthy();
});

test('a port held by a running AgentOps of this directory is no fault', async () => {
  const lock = takeLock(dir);
  try {
    const findings = await doctor(
      configWith({ AGENTOPS_PORT: String(port), TEMPORAL_ADDRESS: '127.0.0.1:1' }),
    );
    expect(findings.find(({ check }) => check === `Port ${port}`)).toMatchObject({
      ok: true,
      detail: `used by AgentOps (process ${process.pid})`,
    });
  } finally {
    lock.release();
  }
});

test('Snowflake is logged in to and read where it is configured, and what is wrong is named', async () => {
  const server = await startSnowflakeServer();
  const { account, user, password, url } = server.config;
  const login = {
    SNOWFLAKE_ACCOUNT: account,
    SNOWFLAKE_USER: user,
    SNOWFLAKE_PASSWORD: password!,
    SNOWFLAKE_URL: url!,
  };
  const finding = async (env: NodeJS.ProcessEnv) =>
    (await doctor(configWith(env))).find(({ check }) => check === 'Snowflake');
  const target = openTarget(server.config, 'test');
  try {
    expect(await finding({ ...login, SNOWFLAKE_PASSWORD: 'wrong' })).toMatchObject({
      ok: false,
      detail: expect.stringContaining('check SNOWFLAKE_USER and SNOWFLAKE_PASSWORD'),
    });
    expect(await finding(login)).toMatchObject({ ok: false, fix: expect.stringContaining('agentops seed') });
    for (const sql of createTables('Snowflake')) await target.run({ sql, params: [] });
    expect(await finding(login)).toMatchObject({
      ok: true,
      detail: expect.stringContaining('AGENTOPS.PUBLIC'),
    });
    expect(await finding({})).toBeUndefined();
  } finally {
    await target.close();
    await server.close();
  }
});
