import { FAULTS } from '../../src/sandbox/faults/index.ts';
import { type Random, randomStream } from '../../src/sandbox/random.ts';
import type { Draw } from './draw-check.ts';
import type { Scenario, TRAFFIC } from './scenario.ts';

/** One scenario with everything drawn that was left open. Plain JSON, the same for the same seed. */
export interface Instance {
  /** `upstream-change.yaml#2` */
  id: string;
  scenario: Scenario;
  traffic: (typeof TRAFFIC)[number];
  faults: { name: string; minutesAgo: number | null; params: Record<string, unknown> }[];
  herrings: { what: Scenario['herrings'][number]['what']; minutesAgo: number }[];
  /** Features that the faults were given, by their names in `params`. */
  features: string[];
}

const pick = <T>(random: Random, items: readonly T[]): T =>
  items[Math.floor(random.uniform() * items.length)]!;
/** Four digits, and still in the range. */
const round = (value: number, [low, high]: readonly [number, number]) =>
  Math.min(high, Math.max(low, Number(value.toPrecision(4))));
const within = (random: Random, [low, high]: readonly [number, number]) =>
  low + random.uniform() * (high - low);

function some(random: Random, of: readonly unknown[], [least, most]: readonly [number, number]): unknown[] {
  const rest = [...of];
  const count = Math.round(within(random, [least - 0.499, most + 0.499]));
  return Array.from({ length: count }, () => rest.splice(Math.floor(random.uniform() * rest.length), 1)[0]);
}

/**
 * Replaces every draw in a JSON value: `{between: [a, b]}` a number, `{whole: [a, b]}` a whole one, `{one_of: [...]}` one
 * item, `{some_of: {of: [...], count: [a, b]}}` a list of different items, and with `each` an object from item to a value
 * of its own. What is drawn may itself hold draws. They must be sound, see `badDraw`.
 */
export function drawn(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return value.map((item) => drawn(item, random));
  if (typeof value !== 'object' || value === null) return value;
  const [key, ...more] = Object.keys(value);
  const given = value as Draw;
  if (more.length === 0) {
    switch (key) {
      case 'between':
        return round(within(random, given.between), given.between);
      case 'whole':
        return Math.floor(within(random, [given.whole[0], given.whole[1] + 1]));
      case 'one_of':
        return drawn(pick(random, given.one_of), random);
      case 'some_of': {
        const { of, count, each } = given.some_of;
        const items = some(random, of, count);
        if (each === undefined) return items.map((item) => drawn(item, random));
        return Object.fromEntries(items.map((item) => [String(item), drawn(each, random)]));
      }
    }
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, drawn(inner, random)]));
}

/** The features that a fault's parameters name, as keys or as a list. */
function featuresIn(params: Record<string, unknown>): string[] {
  const { features } = params;
  if (Array.isArray(features)) return features.map(String);
  return typeof features === 'object' && features !== null ? Object.keys(features) : [];
}

/** All instances of one run; each has a random stream of its own, so that adding a file changes no other. */
export function drawInstances(scenarios: readonly Scenario[], seed: number): Instance[] {
  return scenarios.flatMap((scenario) =>
    Array.from({ length: scenario.count }, (_, i) => {
      const random = randomStream('eval', seed, scenario.file, i);
      const traffic = pick(random, scenario.traffic);
      const [first] = scenario.faults;
      const faults = scenario.faults.map(({ name, minutes_ago, params }) => ({
        name,
        minutesAgo: minutes_ago === undefined ? null : (drawn(minutes_ago, random) as number),
        params: drawn(params, random) as Record<string, unknown>,
      }));
      return {
        id: `${scenario.file}#${i + 1}`,
        scenario,
        traffic,
        faults,
        herrings: scenario.herrings.map(({ what, minutes_before }) => ({
          what,
          minutesAgo:
            (first ? (faults[0]!.minutesAgo ?? FAULTS[first.name].minutesAgo) : 0) +
            (drawn(minutes_before, random) as number),
        })),
        features: [...new Set(faults.flatMap(({ params }) => featuresIn(params)))],
      };
    }),
  );
}
