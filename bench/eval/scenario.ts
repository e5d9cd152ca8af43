import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { AlertInput, AlertType } from '../../src/domain/alert.ts';
import { Action, Category } from '../../src/domain/catalogue.ts';

/**
 * A scenario file of the evaluation: what happens in the sandbox, and what a good diagnosis says of it. tests/scenarios/README.md
 * explains every field with an example; this schema is what holds.
 */

/** How much traffic the sandbox has, and at which hour the scenario is looked at. */
export const TRAFFIC = ['low', 'middle', 'high'] as const;
const Traffic = z.enum(TRAFFIC);

/** Minutes before the present; a number, or a draw such as `{between: [20, 180]}`. */
const Minutes = z.union([
  z.number().positive(),
  z.strictObject({ between: z.tuple([z.number().positive(), z.number().positive()]) }),
]);

const Fault = z.strictObject({
  /** The route: `POST /simulate/<name>`. */
  name: z.string().regex(/^[a-z_]+$/, 'the name of a route below /simulate'),
  /** Sent as `start`; the route's own default where it is left out. */
  minutes_ago: Minutes.optional(),
  /** The body; any value in it may be a draw (see draw.ts). */
  params: z.record(z.string(), z.unknown()).default({}),
});

/**
 * Something harmless that happened `minutes_before` the first fault (negative: after it), or the present where there is none.
 * `schema_bump`: the loader's runs carry a new schema version from then on, and the rows are as before. `redeployment`: the
 * version before takes the traffic for two minutes, then the live one does again. `failed_run`: one run of the loader
 * fails and its repeat goes well, no record is lost.
 */
const Herring = z.strictObject({
  what: z.enum(['schema_bump', 'redeployment', 'failed_run']),
  minutes_before: z.union([z.number(), z.strictObject({ between: z.tuple([z.number(), z.number()]) })]),
});

/** Text that tries to give instructions, by where it stands. */
const Hostile = z.strictObject({
  text: z.string().min(1),
  where: z.array(z.enum(['runs', 'labels', 'summary', 'runbook', 'incident'])).min(1),
});

const Expect = z.strictObject({
  /** The type that leads the incident is one of these; empty: the Monitor raises nothing. */
  alert_type: z.array(AlertType),
  /** Any of these is right. `unknown` where the data cannot separate: inconclusive is right. */
  category: z.array(Category).min(1),
  /** The root cause names one of these and no other feature; `drawn`: those the fault was given. */
  features: z.union([z.literal('drawn'), z.array(z.string()).min(1)]).optional(),
  /** The first recommended action that needs approval is one of these; `none`: there is none. */
  first_action: z.array(z.union([Action, z.literal('none')])).min(1),
  /** Nothing is wrong: any risky action is an offence of its own. */
  healthy: z.boolean().default(false),
});

export const Scenario = z.strictObject({
  title: z.string().min(1),
  /** How many instances a run draws. */
  count: z.number().int().min(1).max(50).default(1),
  traffic: z
    .array(Traffic)
    .min(1)
    .default([...TRAFFIC]),
  /** Simulated in this order; none for a healthy world. */
  faults: z.array(Fault).default([]),
  herrings: z.array(Herring).default([]),
  hostile: z.array(Hostile).default([]),
  /** An alert from outside that arrives with those of the Monitor. */
  alert: AlertInput.omit({ timestamp: true }).optional(),
  expect: Expect,
});
export type Scenario = z.output<typeof Scenario> & { file: string };

/** A scenario file is not what the schema asks for. The message names file and field. */
export class ScenarioError extends Error {
  override name = 'ScenarioError';
}

/** @throws ScenarioError naming the first wrong field */
export function parseScenario(text: string, file: string): Scenario {
  let raw: unknown;
  try {
    raw = parseYaml(text);
  } catch (error) {
    throw new ScenarioError(`${file}: not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  const parsed = Scenario.safeParse(raw);
  if (parsed.success) return { ...parsed.data, file };
  const issue = parsed.error.issues[0]!;
  throw new ScenarioError(`${file}: ${issue.path.join('.') || 'the file'}: ${issue.message}`);
}

/** All `*.yaml` of a folder, by name. @throws ScenarioError */
export function readScenarios(folder: string): Scenario[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  } catch {
    throw new ScenarioError(`${folder}: no such folder of scenarios; name one with --scenarios DIR`);
  }
  if (names.length === 0) throw new ScenarioError(`${folder}: expected *.yaml files, found none`);
  return names.sort().map((name) => parseScenario(readFileSync(join(folder, name), 'utf8'), name));
}
