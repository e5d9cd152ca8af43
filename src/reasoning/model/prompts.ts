import { ACTIONS, RISKY_ACTIONS } from '../../domain/actions/catalogue.ts';
import type { Alert } from '../../domain/alert.ts';
import { minute } from '../../domain/text.ts';
import type { CaseFile } from '../case-file.ts';
import type { Cause } from '../causes/cause.ts';
import { CAUSES, resultsOf } from '../causes/index.ts';
import { obstacle } from '../steps/capabilities.ts';
import { estimateTokens, leftOut, NAMES_TOKENS, withinBudget } from './budget.ts';
import { ANSWER_TOKENS, CONTEXT_TOKENS, type ModelRequest } from './ollama.ts';
import { asData, fill, readPrompt } from './prompt.ts';
import { evidenceBlocks } from './render.ts';
import { answerSchema, vocabularyOf } from './schema.ts';

const DIAGNOSE = readPrompt('diagnose');
const REPAIR = readPrompt('repair');
/** Enough of a first answer and of its faults for the model to repair it; characters. */
const BAD_ANSWER = 2_400;
const FAULTS = 1_200;
/** Kept free for both, and for an answer. */
const REPAIR_TOKENS = 1_400 + ANSWER_TOKENS;
/** Outsiders can fill these lists, so they are cut before they crowd out the evidence; lines, and characters of each. */
const ALERTS = { lines: 5, characters: 300 };
const OUTCOMES = { lines: 5, characters: 200 };

/** The instructions of a diagnosis, with the table of the causes: their names, marks and remedies. */
export function systemPrompt(causes: readonly Cause[] = CAUSES): string {
  const lines = resultsOf(causes).map(({ name, description, remedy }) =>
    `- ${name}: ${description} ${remedy}`.trimEnd(),
  );
  return fill(DIAGNOSE.system, { causes: lines.join('\n') });
}

/**
 * The first prompt of a diagnosis: the case, as much of its evidence as fits, and the schema of the answer. Null where there is
 * no evidence to reason from.
 */
export function firstPrompt(c: CaseFile, mayAsk: boolean, causes: readonly Cause[] = CAUSES) {
  const system = systemPrompt(causes);
  const about = {
    strategy: c.strategy,
    alerts: asData('alerts', cut(c.alerts.map(alertLine), ALERTS)),
    limits: limits(c),
    outcomes: asData('past outcomes', pastActions(c)),
    asking: mayAsk
      ? 'If one more look would decide between two causes, ask for it instead of answering: {"wanted": [{"tool": …, "query": …}]}, at most three; "query" is what to search for, and empty for the other tools.'
      : 'No more evidence can be had: answer with what there is.',
  };
  const fixed = estimateTokens(system + DIAGNOSE.user + Object.values(about).join('\n'));
  const blocks = evidenceBlocks(c.evidence);
  const { kept, dropped } = withinBudget(blocks, CONTEXT_TOKENS - REPAIR_TOKENS - NAMES_TOKENS - fixed);
  if (kept.length === 0) return null;
  const { schema, format } = answerSchema(vocabularyOf(kept, c, causes), mayAsk);
  const user = fill(DIAGNOSE.user, {
    ...about,
    evidence: kept.map(({ text }) => text).join('\n'),
    dropped: dropped.length > 0 ? `Left out for lack of room:\n${asData('left out', leftOut(dropped))}` : '',
  });
  const request: ModelRequest = { prompt: DIAGNOSE.id, system, user: [user], format };
  return { ...request, schema };
}

/** The prompt after an answer that could not be used. The model's own answer is data like the rest. */
export const repairPrompt = {
  id: REPAIR.id,
  of: (answer: string, faults: readonly string[]) =>
    fill(REPAIR.user, {
      answer: asData('first answer', answer.slice(0, BAD_ANSWER)),
      faults: asData(
        'faults',
        faults
          .map((fault) => `- ${fault}`)
          .join('\n')
          .slice(0, FAULTS),
      ),
    }),
};

function alertLine({
  alert_id,
  alert_type,
  severity,
  affected_component,
  summary,
  metrics,
  labels,
  ...rest
}: Alert) {
  const numbers = Object.entries(metrics).map(([name, value]) => `${name} ${value}`);
  const words = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  const since = `since ${minute(rest.starts_at)}`;
  return [alert_id, alert_type, severity, affected_component, since, summary, ...numbers, ...words].join(
    '; ',
  );
}

/** The newest first. */
function pastActions({ pastActions: past }: CaseFile): string {
  if (past.length === 0) return 'none';
  const newest = [...past].sort((a, b) => b.at.localeCompare(a.at));
  const lines = newest.map((o) => `${o.incident_id} ${minute(o.at)}: ${o.action} ${o.outcome}: ${o.details}`);
  return cut(lines, OUTCOMES);
}

function cut(lines: readonly string[], most: { lines: number; characters: number }): string {
  const shown = lines.slice(0, most.lines).map((line) => line.slice(0, most.characters));
  const more = lines.length - shown.length;
  return [...shown, ...(more > 0 ? [`(${more} more)`] : [])].join('\n');
}

/** The policy's numbers, which claims may name as well, and the actions that it rules out. */
function limits(c: CaseFile): string {
  const { thresholds, gate, actions } = c.policy;
  const flat = Object.entries(thresholds).map(
    ([rule, values]) =>
      `${rule}: ${Object.entries(values)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`,
  );
  const asked = ACTIONS.filter((action) => actions[action].approval);
  const gates = Object.entries(gate).map(([name, value]) => `${name} ${value}`);
  const impossible = RISKY_ACTIONS.flatMap((action) => {
    const why = obstacle(action, c);
    return why ? `not possible: ${action}, as ${why}` : [];
  });
  return [
    ...[...flat, `gate: ${gates.join(', ')}`, `a person approves: ${asked.join(', ')}`],
    ...impossible,
  ].join('\n');
}
