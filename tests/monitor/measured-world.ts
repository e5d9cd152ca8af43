import { afterEach, beforeEach } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { monitorActivities } from '../../activities/monitor/index.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { CheckAnswers, CheckResult, ComponentCheck } from '../../workflows/contracts/monitor.ts';
import { platformDeps, policiesOf } from '../support/memory-platform.ts';
import { HOUR, traffic, world } from '../support/world.ts';

/** A store and a world of their own for each test, and the tools run as Temporal would run them. */

export const NOW = Date.parse('2026-02-27T14:00:00Z');
export const MEASURED = { model: 'classifier', pipelines: ['transactions'] };
export const policy = Policy.parse({
  components: {
    classifier: MEASURED,
    strict: {
      ...MEASURED,
      window: '30m',
      thresholds: { latency: { p99_ms: 20 }, model_drift: { aggregate_psi: 9 } },
    },
    slow_labels: { ...MEASURED, label_delay: '3h' },
  },
});
export const polled = { component: 'classifier', polled: true as const };
/** Of an incident every measurement is answered whole; of a poll only what raises or clears. */
export const about = { component: 'classifier', incidentId: 'INC-2026-0227', round: 'opening' };

export let store: Store;
export let w: ReturnType<typeof world>;
beforeEach(() => {
  store = openSqliteStore(':memory:');
  w = world(NOW, { seed: 1 });
});
afterEach(() => store.close());

/** Runs a tool as Temporal would, its answer through JSON. */
export async function run(
  tool: 'check_drift' | 'query_snowflake' | 'check_data_quality' | 'check_model_health',
  { component, ...request }: ComponentCheck = about,
  now = NOW,
): Promise<CheckResult> {
  const activities = monitorActivities({
    warehouse: w.warehouse,
    ...platformDeps(w.platform, store),
    store,
    intake: { deliver: async () => {} },
    policies: policiesOf(policy),
    now: () => new Date(now),
  });
  const result = await new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(
    activities[tool],
    { ...request, components: [component] },
  );
  return (JSON.parse(JSON.stringify(result)) as CheckAnswers)[component] as CheckResult;
}

export const lastHour = (seed: number, n: number, more: Partial<Parameters<typeof traffic>[0]> = {}) =>
  traffic({ seed, n, from: NOW - HOUR, to: NOW, ...more });

export const rule = (result: CheckResult, name: string, subject?: string) =>
  result.measurements.find((m) => m.rule === name && (subject === undefined || m.subject === subject))!;
