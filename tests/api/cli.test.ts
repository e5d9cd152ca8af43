import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sampleAsked, sampleEvent, sampleView } from '../store/samples.ts';
import { startApi, type TestApi } from './api-server.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const ID = 'INC-2026-0228';

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await startApi();
  token = await api.tokenOf('cli', ['alerts:write', 'incidents:read', 'actions:decide', 'admin']);
  const actions = [sampleAsked()];
  await api.store.record(
    sampleView({ actions, step_id: 'retrain@e1', error: null, summary: 'PSI 0.45\u001b[31m' }),
    [sampleEvent()],
  );
});
afterAll(() => api.close());

interface Ended {
  code: number;
  out: string;
  err: string;
}

function agentops(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const settings = {
    PATH: process.env.PATH!,
    AGENTOPS_DIR: api.dir,
    AGENTOPS_URL: api.url,
    AGENTOPS_TOKEN: token,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: { ...settings, ...env } }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

test('show tells the bottom line, the open approval and the line to type, without control characters', async () => {
  const { code, out } = await agentops(['show', ID]);
  expect(code).toBe(0);
  expect(out).toContain('INC-2026-0228  CRITICAL  model_drift on classifier: in_progress (remediate)');
  expect(out).toContain('Now: a decision on retraining');
  expect(out).toContain('trigger_retraining {"model":"classifier","since":"2026-02-28T13:00:00Z"}');
  expect(out).toContain('npx agentops approve abcd1234');
  expect(out).toContain('npx agentops deny abcd1234 --reason');
  expect(out).not.toContain('\u001b');
});

test('an empty list by status does not say that there are none at all', async () => {
  const { out } = await agentops(['incidents', '--status', 'mitigated']);
  expect(out).toBe('No incident is mitigated; "npx agentops incidents" lists all.\n');
});

test('every listing is JSON for programs', async () => {
  expect(JSON.parse((await agentops(['incidents', '--json'])).out)).toMatchObject([{ incident_id: ID }]);
  expect(JSON.parse((await agentops(['show', ID, '--json'])).out)).toMatchObject({
    incident: { version: 1 },
  });
  expect(JSON.parse((await agentops(['outbox', '--json'])).out)).toEqual([]);
});

test('approve finds the incident of an approval, and takes both ids as well', async () => {
  expect(await agentops(['approve', 'abcd1234'])).toMatchObject({ code: 0, out: 'accepted: accepted\n' });
  expect((await agentops(['approve', ID, 'abcd1234', '--json'])).code).toBe(0);
  expect(await agentops(['approve', 'nowhere1'])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^agentops: no approval nowhere1 on record.*\n$/),
  });
  expect(api.temporal.calls).toMatchObject([
    { name: 'decide', args: { approvalId: 'abcd1234', decision: 'approve', by: 'cli' } },
    { name: 'decide', args: { approvalId: 'abcd1234', decision: 'approve', by: 'cli' } },
  ]);
});

test('deny without a reason, and other wrong usage, ends with 2 and one line', async () => {
  for (const args of [
    ['deny', 'abcd1234'],
    ['explode'],
    ['incidents', '--status', 'open'],
    ['token', 'add', 'x'],
  ]) {
    const { code, err } = await agentops(args);
    expect([args, code]).toEqual([args, 2]);
    expect(err.trim().split('\n')[0]).toMatch(/^agentops: /);
  }
});

test('skip names the step that waits', async () => {
  expect((await agentops(['skip', ID, '--reason', 'not needed'])).code).toBe(0);
  expect(api.temporal.calls.at(-1)).toMatchObject({
    name: 'operate',
    args: { command: 'skip', stepId: 'retrain@e1', reason: 'not needed' },
  });
  expect((await agentops(['ack', ID])).code).toBe(0);
  expect(api.temporal.calls.at(-1)).toMatchObject({ args: { command: 'acknowledge' } });
});

test('a token made by the command works with its scope alone', async () => {
  const made = await agentops(['token', 'add', 'ben', '--scope', 'incidents:read']);
  const ben = { AGENTOPS_TOKEN: made.out.trim() };
  expect((await agentops(['incidents'], ben)).code).toBe(0);
  expect(await agentops(['ack', ID], ben)).toMatchObject({
    code: 1,
    err: 'agentops: this needs the scope actions:decide; token "ben" has incidents:read\n',
  });
  expect((await agentops(['token', 'list'])).out).toContain('ben');
  expect((await agentops(['token', 'remove', 'ben'])).code).toBe(0);
  expect((await agentops(['incidents'], ben)).code).toBe(1);
});

test('what is missing is said in one line', async () => {
  expect(await agentops(['incidents'], { AGENTOPS_URL: 'http://127.0.0.1:1' })).toMatchObject({
    code: 1,
    err: 'agentops: nothing answers at http://127.0.0.1:1: run "npm start" first, or set AGENTOPS_URL\n',
  });
  expect((await agentops(['incidents'], { AGENTOPS_TOKEN: '' })).err).toMatch(/^agentops: no token: .*\n$/);
  const nothing = { AGENTOPS_TOKEN: '', AGENTOPS_URL: '', AGENTOPS_PORT: '1' };
  expect((await agentops(['incidents'], nothing)).err).toBe(
    'agentops: nothing answers at http://127.0.0.1:1: run "npm start" first, or set AGENTOPS_URL\n',
  );
  const remote = { AGENTOPS_TOKEN: '', AGENTOPS_URL: 'http://agentops.example:1' };
  expect((await agentops(['incidents'], remote)).err).toContain('set AGENTOPS_TOKEN');
  expect((await agentops(['incidents'], { AGENTOPS_PORT: 'x' })).err).toMatch(
    /^agentops: AGENTOPS_PORT: .*\n$/,
  );
});
