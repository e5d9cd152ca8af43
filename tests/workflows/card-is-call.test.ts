import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import fc from 'fast-check';
import { cardOf } from '../../src/domain/actions/card.ts';
import type { IncidentView } from '../../src/domain/incident.ts';
import { incidentQuery } from '../../workflows/incident/messages.ts';
import { devServerEnvironment, workflowBundle } from '../support/temporal.ts';
import { type Asked, Incident, startIncident, withIncident, withWorker } from './incident.ts';
import { ACTING, type Acting, type PlatformShape, PlatformWorld, type Request } from './platform-world.ts';
import { resetTo } from './reset.ts';
import type { ScriptedWorld } from './scripted-world.ts';

/** What a person approves and what a platform is asked for are one text, whatever changes in between. */

jest.setTimeout(180_000);

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await devServerEnvironment({
    extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=400'],
  });
});
afterAll(async () => {
  await env?.teardown();
});

const FIRST: PlatformShape = {
  active: 'v2',
  previous: 'v1',
  replicas: 3,
  address: 'http://127.0.0.1:7080',
  job: 'load',
};

const version = fc.constantFrom('v1', 'v2', 'v3', 'v4');
const changed: fc.Arbitrary<PlatformShape> = fc
  .record({
    versions: fc.tuple(version, version).filter(([active, previous]) => active !== previous),
    replicas: fc.constantFrom(3, 3, 5),
    address: fc.constantFrom(FIRST.address, FIRST.address, 'http://127.0.0.1:7081'),
    job: fc.constantFrom('load', 'other'),
  })
  .map(({ versions: [active, previous], ...rest }) => ({ active, previous, ...rest }));
const EDITS: Partial<Record<Acting, Record<string, unknown>[]>> = {
  scale_infrastructure: [{ replicas: 7 }, { replicas: 9 }],
  rerun_pipeline: [{ window: { from: '2026-11-23T05:00:00.000Z', to: '2026-11-23T06:00:00.000Z' } }],
};

const drawn = fc
  .record({
    action: fc.constantFrom(...ACTING),
    first: changed.map((shape) => ({ ...shape, address: FIRST.address })),
    edit: fc.option(fc.nat(1), { nil: null }),
    later: changed,
    /** Mostly only what is on no card changes: then the call is made. */
    onlyBehind: fc.constantFrom(true, true, true, false),
  })
  .map(({ later, onlyBehind, ...given }) => {
    const { first } = given;
    const previous = later.previous === first.active ? first.previous : later.previous;
    return { ...given, later: onlyBehind ? { ...first, previous, job: later.job } : later };
  });

/** The world of an incident whose diagnosis proposes one action. */
function worldOf(action: Acting, shape: PlatformShape): PlatformWorld {
  const world = new PlatformWorld(shape);
  world.diagnosis = { recommended_actions: [{ action, priority: 1, requires_approval: true }] };
  return world;
}

/** The call as the card's own text has it. */
function callOn(record: Asked): Request {
  const line = cardOf(record).lines.find(([label]) => label === 'Action')![1];
  const space = line.indexOf(' ');
  return { tool: line.slice(0, space), params: JSON.parse(line.slice(space + 1)) as Record<string, unknown> };
}

/** The card after a person's edit, or the card itself where nothing of it can be edited. */
async function edited(incident: Incident, card: Asked, edit: number | null): Promise<Asked> {
  const edits = EDITS[card.action as Acting];
  if (edit === null || !edits) return card;
  const params = edits[edit % edits.length]!;
  await incident.handle.executeUpdate('decide', {
    args: [{ approvalId: card.approval_id, decision: 'edit', by: 'Ben', params }],
  });
  await incident.until(
    ({ actions }) => actions.some((a) => a.approval && a.approval.approval_id !== card.approval_id),
    'edited',
  );
  const fresh = await incident.asked(card.action);
  expect(fresh.params).toEqual({ ...card.params, ...params });
  return fresh;
}

const settled = ({ status, actions }: IncidentView) =>
  status === 'escalated' ||
  actions.some(({ state }) => ['failed', 'withdrawn', 'skipped', 'verified', 'verifying'].includes(state));

/** Approves the card, waits for what comes of it, and answers the requests that platforms got. */
async function requestsAfter(incident: Incident, card: Asked, world: PlatformWorld): Promise<Request[]> {
  await incident.handle.executeUpdate('decide', {
    args: [{ approvalId: card.approval_id, decision: 'approve', by: 'Ana' }],
  });
  await incident.until(
    (view) =>
      world.requests.length > 0 ||
      settled(view) ||
      view.actions.some(({ approval }) => approval && approval.approval_id !== card.approval_id),
    'called, or not',
  );
  return world.requests;
}

let calls = 0;
let stories = 0;

/** One story: card, edit, change, approval. @returns the requests beside the card's call */
async function story(
  { action, first, edit, later: shape }: typeof drawn extends fc.Arbitrary<infer T> ? T : never,
  plant: (world: PlatformWorld) => PlatformWorld = (world) => world,
): Promise<{ call: Request; requests: Request[] }> {
  const world = plant(worldOf(action, first));
  present = world;
  const handle = await startIncident(env, `incident-story-${process.pid}-${++stories}`);
  try {
    const incident = new Incident(env, world, handle);
    const card = await edited(incident, await incident.asked(action), edit);
    world.become(shape);
    const outcome = { call: callOn(card), requests: await requestsAfter(incident, card, world) };
    calls += outcome.requests.length;
    return outcome;
  } finally {
    await handle.terminate();
  }
}

/** The world of the story that is told; one worker serves them all. */
let present = worldOf('retrain_model', FIRST);
const anyWorld = {
  activities: () =>
    Object.fromEntries(
      Object.keys(present.activities()).map((name) => [
        name,
        (...args: unknown[]) =>
          (present.activities() as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!(
            ...args,
          ),
      ]),
    ),
} as unknown as ScriptedWorld;

const isTheCards = ({ call, requests }: Awaited<ReturnType<typeof story>>) =>
  requests.every((request) => expect(request).toEqual(call) === undefined);

test('the platform is asked for what the card says, or for nothing, whatever changes in between', async () => {
  calls = 0;
  await withWorker(env, anyWorld, () =>
    fc.assert(
      fc.asyncProperty(drawn, async (given) => isTheCards(await story(given))),
      { numRuns: 14, endOnFailure: true },
    ),
  );
  // Not by running nothing.
  expect(calls).toBeGreaterThan(2);
});

test('a late look-up, planted, is found', async () => {
  const plant = (world: PlatformWorld): PlatformWorld => {
    const honest = world.activities.bind(world);
    world.activities = () => {
      const all = honest();
      const rollback = all.rollback_model;
      // Goes back to whatever was live before the present version, whatever the card said.
      all.rollback_model = (request) =>
        rollback({ ...request, params: { ...request.params, version: world.previousVersion! } });
      return all;
    };
    return world;
  };
  const given = { action: 'rollback_model' as const, first: FIRST, edit: null };
  await withWorker(env, anyWorld, async () => {
    const outcome = await story({ ...given, later: { ...FIRST, previous: 'v4' } }, plant);
    expect(outcome.requests).toHaveLength(1);
    expect(() => isTheCards(outcome)).toThrow();
    expect(isTheCards(await story({ ...given, later: { ...FIRST, previous: 'v4' } }))).toBe(true);
  });
});

/** An edited card that waits, and what happens to its workflow before it is approved. */
async function editedThen(action: Acting, meanwhile: (incident: Incident, card: Asked) => Promise<Asked>) {
  const world = worldOf(action, FIRST);
  let outcome!: { card: Asked; requests: Request[] };
  await withIncident(env, world, async (started) => {
    const incident = new Incident(env, world, env.client.workflow.getHandle(started.handle.workflowId));
    const before = await edited(incident, await incident.asked(action), 0);
    const card = await meanwhile(incident, before);
    expect(card.params).toEqual(before.params);
    world.become({ ...FIRST, previous: 'v3', job: 'other' });
    outcome = { card, requests: await requestsAfter(incident, card, world) };
    await incident.handle.terminate();
  });
  expect(outcome.requests).toEqual([callOn(outcome.card)]);
}

const EDITABLE = Object.keys(EDITS) as Acting[];

test.each(EDITABLE)('%s: an edited card is called as it is after continue-as-new', (action) =>
  editedThen(action, async (incident, card) => {
    await incident.continueAsNew();
    expect((await incident.asked(action)).approval_id).toBe(card.approval_id);
    return await incident.asked(action);
  }),
);

test.each(EDITABLE)('%s: an edited card is asked again after a reset, and called as it is', (action) =>
  editedThen(action, async (incident, card) => {
    await resetTo(env, incident, (ids) => ids.at(-1)!);
    await incident.until(
      ({ actions }) =>
        actions.some((a) => a.state === 'awaiting' && a.approval!.approval_id !== card.approval_id),
      'asked again',
    );
    return await incident.asked(action);
  }),
);

test('an edited card is called as it is after kill -9 of the worker', async () => {
  const action = 'rerun_pipeline';
  const { codePath } = await workflowBundle();
  const script = join(import.meta.dirname, 'acting-worker.ts');
  const first = spawn(process.execPath, [script, env.address, codePath, action], { stdio: 'ignore' });
  const ended = once(first, 'exit');
  const workflowId = `incident-card-${action}-${process.pid}`;
  const handle = await startIncident(env, workflowId);
  const world = worldOf(action, FIRST);
  // The store that both processes share has the incident's policy.
  await world.keepPolicy();
  world.become({ ...FIRST, previous: 'v3', job: 'other' });
  const incident = new Incident(env, world, handle);
  const open = ({ actions }: IncidentView) => actions.find(({ state }) => state === 'awaiting');
  const asked = async (other?: string): Promise<Asked> => {
    const view = await incident.until((v) => {
      const record = open(v);
      return record !== undefined && record.approval!.approval_id !== other;
    }, 'asked');
    const record = open(view)!;
    return { ...record, ...record.approval! };
  };
  let card: Asked;
  try {
    const before = await asked();
    const params = EDITS[action]![0]!;
    await handle.executeUpdate('decide', {
      args: [{ approvalId: before.approval_id, decision: 'edit', by: 'Ben', params }],
    });
    card = await asked(before.approval_id);
  } finally {
    first.kill('SIGKILL');
    await ended;
  }
  await withWorker(env, world, async () => {
    const requests = await requestsAfter(incident, card, world);
    expect(requests).toEqual([callOn(card)]);
    expect((await handle.query<IncidentView>(incidentQuery)).actions[0]!.params).toEqual(card.params);
    await handle.terminate();
  });
});
