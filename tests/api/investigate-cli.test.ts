import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type InvestigationInput, openingView } from '../../workflows/investigation/opening.ts';
import { sampleEvent, sampleView } from '../store/samples.ts';
import { until } from '../support/until.ts';
import { startApi, type TestApi } from './api-server.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const QUESTION = 'why is the fraud model drifting?';
const DRIFT = 'ev_check_drift_00000001';
const RUNBOOK = 'ev_search_runbooks_00000002';

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await startApi();
  token = await api.tokenOf('cli', ['incidents:read']);
});
afterAll(() => api.close());

/** What the run of the next question does, once it is on record; each test says. */
let run: (id: string) => Promise<void>;
beforeEach(() => {
  run = async () => {};
  api.temporal.start = async () => {
    const input = api.temporal.calls.at(-1)!.args as InvestigationInput;
    await api.store.openInvestigation(
      openingView(input, `investigation-test-${input.investigationId}`, 'run-1'),
    );
    await run(input.investigationId);
  };
});

function agentops(...args: string[]) {
  const env = {
    PATH: process.env.PATH!,
    AGENTOPS_DIR: api.dir,
    AGENTOPS_URL: api.url,
    AGENTOPS_TOKEN: token,
  };
  const child = spawn(process.execPath, [MAIN, 'investigate', ...args], { env });
  const ended = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? -1)));
  const output = { out: text(child.stdout), err: text(child.stderr) };
  return { child, done: async () => ({ code: await ended, out: await output.out, err: await output.err }) };
}

async function finish(id: string, status: 'answered' | 'failed', error: string | null = null): Promise<void> {
  const { version } = (await api.store.investigation(id))!;
  const finished_at = '2026-02-28T14:40:09.000Z';
  await api.store.recordInvestigation(
    {
      investigation_id: id,
      run_id: 'run-1',
      version: version + 1,
      status,
      error,
      finished_at,
      incident_id: 'INC-2026-0228',
    },
    [],
  );
}

async function answer(id: string): Promise<void> {
  await api.store.recordInvestigation(
    { investigation_id: id, run_id: 'run-1', version: 1, status: 'running' },
    [sampleEvent({ what: 'check_drift', result: 'PSI 0.45\u001b[31m', ms: 1_200 })],
  );
  const say = async (attempt: number, piece: string) =>
    api.store.addToAnswer(id, { type: 'piece', attempt, text: piece });
  const attempt = await api.store.beginAnswer(id, 'x');
  await say(attempt, `V14 drifts [${RUNBOOK.slice(0, 5)}`);
  await say(attempt, `${RUNBOOK.slice(5)}, ${DRIFT}].\nLook \u001b[31mupstream [${DRIFT}].`);
  const citation = (evidence_id: string, tool: string, source: string) => ({
    evidence_id,
    tool,
    source,
    summary: '',
  });
  await api.store.addToAnswer(id, {
    type: 'citations',
    attempt,
    by: 'rules',
    citations: [
      citation(RUNBOOK, 'search_runbooks', 'runbook_model_drift.md#section-3-2'),
      citation(DRIFT, 'check_drift', 'DuckDB, 2026-02-28 13:40 UTC to 2026-02-28 14:40 UTC'),
    ],
  });
}

test('the answer stands on stdout with its sources numbered, what the tools did on stderr', async () => {
  await api.store.record(sampleView(), []);
  run = async (id) => {
    await answer(id);
    await finish(id, 'answered');
  };
  const { code, out, err } = await agentops(QUESTION, '--component', 'classifier').done();
  expect(out).toBe(
    [
      'V14 drifts [1, 2].',
      'Look  [31mupstream [2].',
      '',
      'Sources',
      '[1] runbook_model_drift.md#section-3-2 (search_runbooks)',
      '[2] DuckDB, 2026-02-28 13:40 UTC to 2026-02-28 14:40 UTC (check_drift)',
      '',
    ].join('\n'),
  );
  expect(err).toMatch(/^INV-\w{12}: asking about classifier\n {2}check_drift: PSI 0\.45 \[31m \(1 s\)\n/);
  expect(err).toContain('answered by rules in 9 s');
  expect(err).toContain('Open incident: INC-2026-0228 (in_progress, remediate)');
  expect(code).toBe(0);
});

test('--json prints one object at the end, --show finds it again', async () => {
  run = async (id) => {
    await answer(id);
    await finish(id, 'answered');
  };
  const { out } = await agentops(QUESTION, '--json').done();
  const detail = JSON.parse(out);
  expect(detail).toMatchObject({ investigation: { status: 'answered' }, answer: { by: 'rules' } });
  const id = detail.investigation.investigation_id;
  const shown = await agentops('--show', id).done();
  expect(shown.out).toContain('V14 drifts [1, 2].');
  expect(JSON.parse((await agentops('--show', id, '--no-follow', '--json').done()).out)).toEqual(detail);
  const whole = (await agentops('--show', id, '--no-follow').done()).out;
  expect(whole).toContain(`${id}  ${QUESTION}`);
  expect(whole).toContain('[1] runbook_model_drift.md#section-3-2');
  expect(await agentops('--show', 'INV-0').done()).toMatchObject({
    code: 1,
    err: 'agentops: no investigation INV-0; GET /api/investigations lists them\n',
  });
});

test('an answer that starts again says so, and its numbers begin anew', async () => {
  run = async (id) => {
    const first = await api.store.beginAnswer(id, 'x');
    await api.store.addToAnswer(id, { type: 'piece', attempt: first, text: `A draft [${DRIFT}] and [ev_` });
    await api.store.beginAnswer(id, 'the draft was not usable');
    await answer(id);
    await finish(id, 'answered');
  };
  const { out } = await agentops(QUESTION).done();
  expect(out).toMatch(
    /^A draft \[1\] and \[ev_\n\n\(The answer starts again: .*\.\)\n\nV14 drifts \[1, 2\]\./,
  );
});

test('what could not be answered ends with 1 and why', async () => {
  run = (id) => finish(id, 'failed', 'no tool answered');
  expect(await agentops(QUESTION).done()).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('agentops: failed: no tool answered\n'),
  });
});

test('--no-follow leaves at once and says how to see it later', async () => {
  const { out } = await agentops(QUESTION, '--no-follow').done();
  expect(out).toMatch(/^(INV-\w{12}) is under way: npx agentops investigate --show \1\n$/);
});

test('Ctrl-C stops following and says how to see it later', async () => {
  run = answer;
  const { child, done } = agentops(QUESTION);
  let seen = '';
  child.stdout.on('data', (chunk) => {
    seen += chunk;
  });
  await until(() => seen.includes('Sources'));
  child.kill('SIGINT');
  const { code, err } = await done();
  expect(code).toBe(130);
  expect(err).toMatch(/It goes on without you: npx agentops investigate --show INV-\w{12}\n$/);
});

test.each([[[]], [[QUESTION, '--show', 'INV-0']]])(
  'wrong usage %j ends with 2 and one line',
  async (args) => {
    const { code, err } = await agentops(...args).done();
    expect([code, err.trim().split('\n').length]).toEqual([2, 1]);
    expect(err).toMatch(/^agentops: expected a question, .*, or --show\n$/);
  },
);

test('an API that goes away and comes back is followed on, from the last event', async () => {
  const id = 'INV-aaaaaaaaaaaa';
  const input = {
    investigationId: id,
    question: QUESTION,
    component: 'classifier',
    askedBy: 'ana',
    askedAt: '2026-02-28T14:40:00.000Z',
  };
  await api.store.openInvestigation(openingView(input, `investigation-test-${id}`, 'run-1'));
  await answer(id);
  const { child, done } = agentops('--show', id);
  let seen = '';
  child.stdout.on('data', (chunk) => {
    seen += chunk;
  });
  await until(() => seen.includes('Sources'));
  api.drop();
  await finish(id, 'answered');
  const { code, out } = await done();
  expect(code).toBe(0);
  expect(out.match(/V14 drifts/g)).toHaveLength(1);
});
