import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PollRecord } from './poll-record.ts';
import { lookAtPolls, type PollTransition, type WatchMemory } from './poll-watch.ts';

const T0 = Date.parse('2026-02-28T14:00:00Z');
const SECOND = 1_000;
const at = (seconds: number) => new Date(T0 + seconds * SECOND);

const succeeded = (seconds: number): PollRecord => ({
  at: at(seconds).toISOString(),
  succeeded_at: at(seconds).toISOString(),
  succeeded: 1,
  failed: 0,
  tool_failures: {},
  failures: [],
});

interface Moment {
  /** Seconds of the last successful poll; null: there was none ever. */
  poll?: number | null;
  paused?: boolean | null;
}

/** Looks at these seconds, every 30 s; `moments` change what is seen from their second on. Answers what was told and when. */
function watch(
  looks: number[],
  moments: Record<number, Moment>,
  memory: WatchMemory | null = null,
): { told: string[]; state: string; memory: WatchMemory } {
  const told: string[] = [];
  let state = '';
  let seen: Moment = { poll: null, paused: false };
  for (const second of looks) {
    for (const [from, moment] of Object.entries(moments))
      if (Number(from) <= second) seen = { ...seen, ...moment };
    const record = seen.poll == null ? null : succeeded(seen.poll);
    const group = { name: 'default', every: 30 * SECOND, record, paused: seen.paused ?? null };
    const look = lookAtPolls(memory, [group], at(second));
    memory = look.memory;
    state = look.states.default!;
    told.push(...look.transitions.map(({ transition }: PollTransition) => `${second} ${transition}`));
  }
  return { told, state, memory: memory! };
}

/** Every 5 s, both ends included. */
const every5 = (from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / 5) + 1 }, (_, i) => from + 5 * i);

test('three intervals without a successful poll are told once, and its end too', async () => {
  const { told, state } = watch(every5(0, 600), {
    0: { poll: 0 },
    400: { poll: 395 },
    430: { poll: 425 },
    460: { poll: 455 },
    490: { poll: 485 },
    520: { poll: 515 },
    550: { poll: 545 },
    580: { poll: 575 },
  });
  expect(told).toEqual(['95 silent', '400 alive']);
  expect(state).toBe('alive');
});

test('right after a start yesterday’s last poll alarms nobody; a worker that never comes up does', () => {
  const yesterday = { 0: { poll: -86_400 } };
  expect(watch(every5(0, 85), yesterday)).toMatchObject({ told: [], state: 'starting' });
  expect(watch(every5(0, 120), yesterday).told).toEqual(['95 silent']);
});

test('the very first poll of a group has ten minutes', () => {
  expect(watch(every5(0, 600), {})).toMatchObject({ told: [], state: 'starting' });
  expect(watch(every5(0, 700), {}).told).toEqual(['605 silent']);
});

test('a host that slept alarms nobody when it wakes, unless the polls do not come back', () => {
  const slept = [...every5(0, 60), ...every5(30_000, 30_085)];
  expect(watch(slept, { 0: { poll: 55 } })).toMatchObject({ told: [], state: 'starting' });
  expect(watch([...slept, ...every5(30_090, 30_120)], { 0: { poll: 55 } }).told).toEqual(['30095 silent']);
});

test('a restart neither forgets an alarm nor tells it again, and a short one gives no new patience', () => {
  const before = watch(every5(0, 100), { 0: { poll: 0 } });
  expect(before.told).toEqual(['95 silent']);
  const after = watch(every5(5_000, 5_300), { 0: { poll: 0 } }, before.memory);
  expect(after).toMatchObject({ told: [], state: 'silent' });
  expect(watch([5_310], { 0: { poll: 5_305 } }, after.memory).told).toEqual(['5310 alive']);

  const early = watch(every5(0, 60), { 0: { poll: 0 } });
  expect(watch(every5(80, 95), { 0: { poll: 0 } }, early.memory).told).toEqual(['95 silent']);
});

test('a paused group is not alarmed, has its patience anew when resumed, and a pause ends an alarm', () => {
  const paused = { 0: { poll: 0, paused: true }, 500: { paused: false } };
  expect(watch(every5(0, 495), paused)).toMatchObject({ told: [], state: 'paused' });
  expect(watch(every5(0, 585), paused).told).toEqual([]);
  expect(watch(every5(0, 620), paused).told).toEqual(['595 silent']);
  expect(watch(every5(0, 200), { 0: { poll: 0 }, 150: { paused: true } }).told).toEqual([
    '95 silent',
    '150 paused',
  ]);
});

test('while Temporal does not say whether a group is paused its last word holds', () => {
  expect(watch(every5(0, 300), { 0: { poll: 0, paused: true }, 60: { paused: null } })).toMatchObject({
    told: [],
    state: 'paused',
  });
  expect(watch(every5(0, 300), { 0: { poll: 0 }, 60: { paused: null } }).told).toEqual(['95 silent']);
});

test('a group that is new or gone is neither alarmed nor remembered', () => {
  const { memory } = watch(every5(0, 100), { 0: { poll: 0 } });
  const other = { name: 'slow', every: 300 * SECOND, record: null, paused: false };
  const look = lookAtPolls(memory, [other], at(105));
  expect(look).toMatchObject({ transitions: [], states: { slow: 'starting' } });
  expect(Object.keys(look.memory.groups)).toEqual(['slow']);
});

test('polls that come in time never alarm, whatever the watcher misses', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ gap: fc.integer({ min: 1, max: 400 }), lag: fc.integer({ min: 0, max: 60 }) }), {
        maxLength: 60,
      }),
      (looks) => {
        let second = 0;
        let memory: WatchMemory | null = null;
        for (const { gap, lag } of looks) {
          second += gap;
          const group = {
            name: 'default',
            every: 30 * SECOND,
            record: succeeded(second - lag),
            paused: false,
          };
          const look = lookAtPolls(memory, [group], at(second));
          expect(look.transitions).toEqual([]);
          memory = look.memory;
        }
      },
    ),
  );
});

test('silence and its end always alternate', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ gap: fc.integer({ min: 1, max: 200 }), polls: fc.boolean(), paused: fc.boolean() }),
        {
          maxLength: 80,
        },
      ),
      (steps) => {
        let second = 0;
        let poll = 0;
        let memory: WatchMemory | null = null;
        let silent = false;
        for (const { gap, polls, paused } of steps) {
          second += gap;
          if (polls) poll = second;
          const group = { name: 'default', every: 30 * SECOND, record: succeeded(poll), paused };
          const look = lookAtPolls(memory, [group], at(second));
          for (const { transition } of look.transitions) {
            expect(transition === 'silent').toBe(!silent);
            silent = transition === 'silent';
          }
          expect(look.states.default === 'silent').toBe(silent);
          memory = look.memory;
        }
      },
    ),
  );
});
