import type { Diagnosis } from '../../domain/diagnosis.ts';
import type { Evidence } from '../../domain/evidence.ts';
import type { ModelCall } from '../../domain/model-call.ts';
import { textFaults } from '../grounding/check.ts';
import { wordingFaults } from '../grounding/wording.ts';
import { estimateTokens, leftOut, NAMES_TOKENS, withinBudget } from './budget.ts';
import { ANSWER_TOKENS, askModel, brief, CONTEXT_TOKENS, ModelError, type ModelSettings } from './ollama.ts';
import { asData, fill, readPrompt } from './prompt.ts';
import { evidenceBlocks } from './render.ts';

const PROMPT = readPrompt('answer');
/** Characters; a longer question is cut. */
const QUESTION = 1_000;
/** Characters; eight sentences are far shorter, and a longer answer is refused unread. */
const LONGEST = 6_000;
/** `[ev_…]`, several ids in one bracket, or an id with a section: `[ev_… runbook.md#section-1]`. */
const CITATION = /\[ev_[^\]]*\]/g;

export interface Question {
  question: string;
  /** All evidence that was collected for the question; nothing else may be cited. */
  evidence: readonly Evidence[];
  /** From the same evidence. */
  diagnosis: Diagnosis;
  /** `config.ollama`; null: no model is asked. */
  model: ModelSettings | null;
  /** The answer where no model gives one: `answerByRules`. */
  byRules: string;
  /** Cancels; its reason is thrown. */
  signal?: AbortSignal | undefined;
  /** Receives the answer so far, always from its beginning: after a draft that is given up it begins anew. */
  onText: (soFar: string) => void;
}

export interface CitedAnswer {
  text: string;
  /** Evidence ids that the text cites as `[ev_…]`, each collected, in order of first use. */
  citations: string[];
  /** The model's name, or `rules`. */
  answered_by: string;
  /** Empty when no model was asked. */
  calls: ModelCall[];
}

/**
 * Answers a person's question from collected evidence, streaming. A model's answer is used when it is whole, cites only
 * collected evidence, and that evidence shows each statement. Otherwise the answer by rules is used.
 */
export async function streamAnswer(ask: Question): Promise<CitedAnswer> {
  const { evidence, model, byRules, onText } = ask;
  const calls: ModelCall[] = [];
  if (model && evidence.length > 0) {
    const { answer, call } = await fromModel(ask, model);
    calls.push(call);
    if (answer) return { text: answer, citations: citationsOf(answer), answered_by: model.model, calls };
  }
  onText(byRules);
  return { text: byRules, citations: citationsOf(byRules), answered_by: 'rules', calls };
}

async function fromModel(
  { question, evidence, diagnosis, signal, onText }: Question,
  model: ModelSettings,
): Promise<{ answer: string | null; call: ModelCall }> {
  const about = {
    question: asData('question', question.slice(0, QUESTION)),
    diagnosis: asData('diagnosis', summaryOf(diagnosis)),
  };
  const fixed = estimateTokens(PROMPT.system + PROMPT.user + about.question + about.diagnosis);
  const { kept, dropped } = withinBudget(
    evidenceBlocks(evidence),
    CONTEXT_TOKENS - ANSWER_TOKENS - NAMES_TOKENS - fixed,
  );
  const shown = (item: Evidence) => kept.some(({ id }) => id === item.id);
  const user = fill(PROMPT.user, {
    ...about,
    evidence: kept.map(({ text }) => text).join('\n'),
    dropped: dropped.length > 0 ? `Left out, for lack of room:\n${asData('left out', leftOut(dropped))}` : '',
  });
  const call = { model: model.model, prompt: PROMPT.id };
  try {
    const deadline = AbortSignal.timeout(model.timeoutMs);
    const asked = { prompt: PROMPT.id, system: PROMPT.system, user: [user] };
    const { text, broken, ...spent } = await askModel(model, asked, { deadline, cancelled: signal }, onText);
    const fault = broken ?? faultOf(text, evidence.filter(shown));
    if (fault) return { answer: null, call: { ...call, ...spent, outcome: 'faulty', detail: brief(fault) } };
    const detail = `answered with ${citationsOf(text).length} citations`;
    return { answer: text.trim(), call: { ...call, ...spent, outcome: 'used', detail } };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    const { outcome, message, ms } = error;
    return {
      answer: null,
      call: { ...call, outcome, detail: message, tokens_in: null, tokens_out: null, ms },
    };
  }
}

/** Why an answer may not be shown; null when it may. */
function faultOf(text: string, evidence: readonly Evidence[]): string | null {
  if (text.length > LONGEST) return `the answer has ${text.length} characters, more than ${LONGEST}`;
  const cited = citationsOf(text);
  if (text.trim() === '') return 'the answer is empty';
  if (cited.length === 0) return 'the answer cites no evidence';
  const invented = cited.filter((id) => !evidence.some((item) => item.id === id));
  if (invented.length > 0) return `${invented.join(', ')}: cited, but not among the evidence`;
  const faults = [
    ...wordingFaults(text),
    ...statementsOf(text).flatMap((statement) => textFaults(statement.text, statement.cited, { evidence })),
  ];
  return faults.length > 0 ? faults.join('; ') : null;
}

/** The text before each run of citations, with these citations. The text after the last one cites nothing. */
function statementsOf(text: string): { text: string; cited: string[] }[] {
  const parts = text.replace(/^\s*(\d+[.)]|[-*])\s/gm, '').split(new RegExp(`((?:\\s*${CITATION.source})+)`));
  return parts.flatMap((part, i) =>
    i % 2 === 0 ? { text: part, cited: citationsOf(parts[i + 1] ?? '') } : [],
  );
}

function citationsOf(text: string): string[] {
  return [...new Set((text.match(CITATION) ?? []).flatMap((bracket) => bracket.match(/\bev_\w+/g)!))];
}

const summaryOf = ({ verdict, category, root_cause, confidence }: Diagnosis) =>
  `${verdict}, ${category}, confidence ${confidence}: ${root_cause}`;
