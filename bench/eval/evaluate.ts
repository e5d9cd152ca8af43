import type { Policy } from '../../src/domain/policy/policy.ts';
import { Documents } from './documents.ts';
import type { Instance } from './draw.ts';
import { investigate, type Outcome, type Systems } from './investigate.ts';
import { type Score, scoreOf } from './score.ts';
import { Worlds } from './world.ts';

export interface Evaluated {
  instance: Instance;
  outcome: Outcome;
  /** By the name of the system. */
  scores: Record<string, Score>;
}

/** Plays the instances one after the other, each in a world of its own; `seed` seeds the worlds. */
export async function* evaluate(
  instances: readonly Instance[],
  { seed, policy, systems }: { seed: number; policy: Policy; systems: Systems },
): AsyncGenerator<Evaluated> {
  const worlds = new Worlds(seed);
  const documents = new Documents();
  try {
    for (const instance of instances) {
      const outside = await worlds.open(instance);
      try {
        const outcome = await documents.with(instance, (knowledge) =>
          investigate(
            instance,
            outside,
            { knowledge, policies: { at: async () => policy, current: () => policy } },
            systems,
          ),
        );
        const scores = Object.keys(systems).map((name) => {
          return [name, scoreOf(instance, outcome, outcome.diagnoses[name] ?? null, policy)] as const;
        });
        yield { instance, outcome, scores: Object.fromEntries(scores) };
      } finally {
        await outside.close();
      }
    }
  } finally {
    worlds.close();
    await documents.close();
  }
}
