import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { devServerEnvironment, workflowBundle } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { Incident, startIncident, withWorker } from './incident.ts';
import { ScriptedWorld } from './scripted-world.ts';

jest.setTimeout(90_000);

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await devServerEnvironment();
});
afterAll(async () => {
  await env?.teardown();
});

const EVIDENCE = ['search_runbooks', 'search_incidents', 'compare_model_versions', 'query_snowflake_history'];

test('kill -9 of the worker between two pieces of evidence: those it had are not collected again', async () => {
  const { codePath } = await workflowBundle();
  const script = join(import.meta.dirname, 'hanging-worker.ts');
  const first = spawn(process.execPath, [script, env.address, codePath], { stdio: 'ignore' });
  const ended = once(first, 'exit');
  const handle = await startIncident(env, `incident-killed-${process.pid}`);
  /** Activities by name: how often each was asked for, and how many of those were answered. */
  const evidence = async () => {
    const events = (await handle.fetchHistory()).events ?? [];
    const asked = new Map(
      events.flatMap(({ eventId, activityTaskScheduledEventAttributes: a }) =>
        a ? [[String(eventId), a.activityType!.name!] as const] : [],
      ),
    );
    const answered = events.flatMap(({ activityTaskCompletedEventAttributes: a }) =>
      a ? [asked.get(String(a.scheduledEventId))!] : [],
    );
    const of = (names: Iterable<string>) => [...names].filter((name) => EVIDENCE.includes(name)).sort();
    return { asked: of(asked.values()), answered: of(answered) };
  };
  try {
    await until(async () => (await evidence()).answered.length === EVIDENCE.length - 1, 40_000);
  } finally {
    first.kill('SIGKILL');
    await ended;
  }
  expect((await evidence()).answered).not.toContain('query_snowflake_history');

  const world = new ScriptedWorld();
  await withWorker(env, world, async () => {
    await new Incident(env, world, handle).asked('retrain_model');
    await handle.terminate();
  });
  expect(world.called('query_snowflake_history')).toHaveLength(1);
  for (const tool of ['search_runbooks', 'search_incidents', 'compare_model_versions'] as const)
    expect(world.called(tool)).toEqual([]);
  expect(world.called('check_drift')).toEqual([]);
  expect(await evidence()).toEqual({ asked: [...EVIDENCE].sort(), answered: [...EVIDENCE].sort() });
});
