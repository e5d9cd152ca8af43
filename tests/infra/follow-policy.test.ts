import { expect, test } from '@jest/globals';
import { Policy } from '../../src/domain/policy/policy.ts';
import { followPolicy } from '../../src/worker/follow-policy.ts';
import { until } from '../support/until.ts';

const policyOf = (every: string) =>
  Policy.parse({ components: { classifier: { model: 'm' } }, poll: { every } });

/** A policy file that changes when told, and what was applied of it. */
function followed() {
  let current = policyOf('10s');
  const listeners: ((policy: Policy) => void)[] = [];
  return {
    applied: [] as number[],
    file: {
      current: () => current,
      onChange: (listener: (policy: Policy) => void) => void listeners.push(listener),
    },
    change(every: string) {
      current = policyOf(every);
      for (const listener of listeners) listener(current);
    },
  };
}

test('each change is applied, one at a time and the newest last; one that fails is tried again', async () => {
  const { applied, file, change } = followed();
  const errors: string[] = [];
  let underWay = 0;
  let failures = 1;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await followPolicy(
    file,
    async ({ poll }) => {
      expect(++underWay).toBe(1);
      if (poll.every === 11_000) await held;
      underWay--;
      if (poll.every === 13_000 && failures-- > 0) throw new Error('Temporal is away');
      applied.push(poll.every);
    },
    { error: (_about, message) => void errors.push(message) },
    1,
  );
  expect(applied).toEqual([10_000]);
  change('11s');
  change('12s');
  change('13s');
  release();
  await until(() => applied.at(-1) === 13_000);
  expect(applied).toEqual([10_000, 11_000, 13_000]);
  expect(errors).toHaveLength(1);
});

test('the first must succeed: a worker without Schedules is no worker', async () => {
  const { file } = followed();
  const refused = followPolicy(file, async () => Promise.reject(new Error('no namespace')), {
    error: () => {},
  });
  await expect(refused).rejects.toThrow('no namespace');
});
