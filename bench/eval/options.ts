import { parseArgs } from 'node:util';

/** What `npm run eval` is asked for. @throws Error of one line that names the option and what was expected */
export function readOptions(args: string[]): { seed: number; scenarios: string; json: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      scenarios: { type: 'string', default: 'tests/scenarios' },
      json: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed);
  if (!/^-?\d+$/.test(values.seed) || !Number.isSafeInteger(seed))
    throw new Error(`--seed: expected a whole number, got "${values.seed}"`);
  return { ...values, seed };
}
