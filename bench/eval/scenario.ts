import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { ACTIONS } from '../../src/domain/actions/catalogue.ts';
import { AlertInput, AlertType } from '../../src/domain/alert.ts';
import { categoriesOf } from '../../src/reasoning/causes/index.ts';
import { scopeOf } from '../../src/sandbox/faults/fault.ts';
import { FAULTS } from '../../src/sandbox/faults/index.ts';
import { CLASSIFIER } from '../../src/sandbox/models.ts';
import { MAX_REWRITE_MS } from '../../src/sandbox/timeline.ts';
import { badDraw, extremes, Range } from './draw-check.ts';

/**
 * A scenario file of the evaluation: what happens in the sandbox, and what a good diagnosis says of it. tests/scenarios/README.md
 * explains every field with an example; this schema is what holds.
 */

/** How much traffic the sandbox has, and at which hour the scenario is looked at. */
export const TRAFFIC = ['low', 'middle', 'high'] as const;
const Traffic = z.enum(TRAFFIC);

const FAULT_NAMES = Object.keys(FAULTS) as (keyof typeof FAULTS)[];

/** How long ago things may happen, in minutes: the sandbox rewrites no more of its past. */
const LATEST = 1;
const EARLIEST = MAX_REWRITE_MS / 60_000;
/** A harmless deployment takes this many minutes. */
const REDEPLOYMENT = 2;

const spanOf = (minutes: z.output<typeof Minutes>): [number, number] =>
  typeof minutes === 'number' ? [minutes, minutes] : minutes.between;
/** A number, or a draw such as `{between: [20, 180]}`. */
const Minutes = z.union([z.number(), z.strictObject({ between: Range })], {
  error: 'expected a number of minutes, or {between: [a, b]} with a ≤ b',
});

const Fault = z
  .strictObject({
    /** The route: `POST /simulate/<name>`. */
    name: z.enum(FAULT_NAMES),
    /** Minutes before the present, sent as `start`; the route's own default where it is left out. */
    minutes_ago: Minutes.refine((minutes) => spanOf(minutes).every((at) => at >= LATEST && at <= EARLIEST), {
      error: `expected ${LATEST} to ${EARLIEST} minutes`,
    }).optional(),
    /** The body; any value in it may be a draw (see draw.ts). Whatever is drawn must be a body that the route takes. */
    params: z.record(z.string(), z.unknown()).default({}),
  })
  .superRefine(({ name, params }, context) => {
    // A time of its own would have to fit the present of whatever traffic is drawn.
    const timed =
      'start' in params ? { path: ['start'], message: 'expected minutes_ago instead, got start' } : null;
    const bad = timed ?? badDraw(params) ?? refusedBy(FAULTS[name].parameters, params);
    if (bad) context.addIssue({ code: 'custom', path: ['params', ...bad.path], message: bad.message });
  });

/** What a fault refuses of anything that may be drawn. */
function refusedBy(schema: z.ZodType, params: unknown): { path: string[]; message: string } | null {
  for (const body of extremes(params)) {
    const parsed = schema.safeParse(body, { reportInput: true });
    if (!parsed.success) return told(parsed.error.issues[0]!, 'docs/faults.md');
  }
  return null;
}

/**
 * Something harmless that happened `minutes_before` the first fault (negative: after it), or the present where there is none.
 * `schema_bump`: the loader's runs carry a new schema version from then on, and the rows are as before. `redeployment`: the
 * version before takes the traffic for two minutes, then the live one does again. `failed_run`: one run of the loader
 * fails and its repeat goes well, no record is lost.
 */
const Herring = z.strictObject({
  what: z.enum(['schema_bump', 'redeployment', 'failed_run']),
  minutes_before: Minutes,
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
  category: z.array(z.enum(categoriesOf())).min(1),
  /** The root cause names one of these and no other feature; `drawn`: those the fault was given. */
  features: z
    .union([z.literal('drawn'), z.array(scopeOf(CLASSIFIER).Feature).min(1)], {
      error: 'expected drawn, or a list of features (V1 to V28, amount)',
    })
    .optional(),
  /** The first recommended action that needs approval is one of these; `none`: there is none. */
  first_action: z.array(z.enum([...ACTIONS, 'none'])).min(1),
  /** Nothing is wrong: any risky action is an offence of its own. */
  healthy: z.boolean().default(false),
});

const Fields = z.strictObject({
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

export const Scenario = Fields.superRefine(({ faults, herrings, expect }, context) => {
  const [first] = faults;
  const [from, to] = first ? spanOf(first.minutes_ago ?? FAULTS[first.name].minutesAgo) : [0, 0];
  for (const [i, { what, minutes_before }] of herrings.entries()) {
    const [least, most] = spanOf(minutes_before);
    const latest = what === 'redeployment' ? REDEPLOYMENT : LATEST;
    if (from + least < latest || to + most > EARLIEST)
      context.addIssue({
        code: 'custom',
        path: ['herrings', i, 'minutes_before'],
        message: `expected a ${what} ${latest} to ${EARLIEST} minutes ago, got ${from + least} to ${to + most}`,
      });
  }
  if (expect.features === 'drawn' && !faults.some(({ params }) => 'features' in params))
    context.addIssue({
      code: 'custom',
      path: ['expect', 'features'],
      message: 'expected a fault whose params give features, as they are drawn, got none',
    });
});
export type Scenario = z.output<typeof Scenario> & { file: string };

/** A scenario file is not what the schema asks for. The message names file and field. */
export class ScenarioError extends Error {
  override name = 'ScenarioError';
}

/** Where a value is wrong, and what was expected. @param fields where all fields are listed */
function told(issue: z.core.$ZodIssue, fields: string): { path: string[]; message: string } {
  const path = issue.path.map(String);
  switch (issue.code) {
    case 'unrecognized_keys':
      return {
        path: [...path, issue.keys[0]!],
        message: `expected a field of ${fields}, got "${issue.keys[0]}"`,
      };
    case 'invalid_key':
      return { path, message: issue.issues[0]!.message };
    default: {
      const said = issue.input == null || issue.message.includes(', got ');
      const got = said ? '' : `, got ${JSON.stringify(issue.input).slice(0, 80)}`;
      return { path, message: `${issue.message}${got}` };
    }
  }
}

/** @throws ScenarioError naming the first wrong field */
export function parseScenario(text: string, file: string): Scenario {
  let raw: unknown;
  try {
    raw = parseYaml(text);
  } catch (error) {
    throw new ScenarioError(`${file}: not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  const parsed = Scenario.safeParse(raw, { reportInput: true });
  if (parsed.success) return { ...parsed.data, file };
  const { path, message } = told(parsed.error.issues[0]!, 'tests/scenarios/README.md');
  throw new ScenarioError(`${file}: ${path.join('.') || 'the file'}: ${message}`);
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
