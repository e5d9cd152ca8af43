import { diagnoseByRules } from '../../src/reasoning/diagnose-by-rules.ts';
import { type ChatScript, scriptedOllama } from '../support/scripted-ollama.ts';
import { diagnosed, driftCase, goodDraft } from './case.ts';

/** Rounds of reasoning with scripted answers of a model. */

/** The model's path over the wire: the real client against a server that speaks Ollama's protocol. */

export const input = driftCase();
export const byRules = diagnoseByRules(input);
export const good = goodDraft(input);
export const said = (draft: object): ChatScript => ({ text: JSON.stringify(draft) });
export const settings = (url: string, over = {}) => ({ url, model: 'scripted', timeoutMs: 10_000, ...over });
export const swapped = {
  ...good,
  claims: good.claims.map((claim, i) => ({ ...claim, evidence: good.claims.at(i - 1)!.evidence })),
};

/** Runs one round against these scripts. */
export async function round(
  scripts: Parameters<typeof scriptedOllama>[0],
  { mayAsk = false, timeoutMs = 10_000 } = {},
) {
  await using ollama = await scriptedOllama(scripts);
  const answer = await diagnosed(input, settings(ollama.url, { timeoutMs }), mayAsk);
  return { ...answer, chats: ollama.chats };
}
export type Answer = Awaited<ReturnType<typeof round>>;
export const outcomes = ({ calls }: Answer) => calls.map(({ outcome }) => outcome);
