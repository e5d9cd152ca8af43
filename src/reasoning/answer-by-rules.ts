import type { Diagnosis } from '../domain/diagnosis.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { IncidentView } from '../domain/incident.ts';
import { list, quote } from '../domain/text.ts';

/** The material of an answer. All of it was collected before; nothing is fetched. */
export interface AnswerMaterial {
  component: string;
  diagnosis: Diagnosis;
  /** The question's own evidence, and that of the open incident's diagnosis. Nothing else may be cited. */
  evidence: readonly Evidence[];
  /** Ids of the two searches for the question in the person's own words. */
  asked: readonly string[];
  /** Open on the component when the question was asked. */
  incident: IncidentView | null;
}

/** More than this many references after a sentence help nobody. */
const MOST_CITED = 4;
const EXCERPT = 240;
const MEASURING = ['check_drift', 'query_snowflake', 'check_data_quality', 'check_model_health'];
const CHECKING = ['query_snowflake_history', 'compare_model_versions', ...MEASURING];

/**
 * The answer to a question without a language model: first the cause or its absence, then the claims, the best sections of the
 * knowledge base on the question's own words, the open incident, and possible actions. Deterministic. Every sentence ends with
 * the evidence that shows it, as `[ev_…]`; a sentence without evidence is left out.
 */
export function answerByRules(material: AnswerMaterial): string {
  const { diagnosis, evidence } = material;
  const known = new Set(evidence.map(({ id }) => id));
  const cite = (text: string, ids: readonly string[]): string[] => {
    const shown = [...new Set(ids)].filter((id) => known.has(id)).slice(0, MOST_CITED);
    return shown.length > 0 ? [`${plain(text)} [${shown.join(', ')}].`] : [];
  };
  const of = (tools: readonly string[]) =>
    tools.flatMap((tool) => evidence.filter((item) => item.tool === tool).map(({ id }) => id));
  const claims = diagnosis.claims.flatMap((claim) => cite(claim.text, claim.evidence));
  const onIt = onTheQuestion(material).flatMap(([text, ids]) => cite(text, ids));
  // A question that no document answers while all is well was most likely not about the component.
  const first = diagnosis.verdict === 'healthy' && !isAnswered(material);
  return [
    first ? onIt : [],
    bottomLine(material, of(MEASURING)).flatMap(([text, ids]) => cite(text, ids)),
    claims.map((claim) => `- ${claim}`),
    first ? [] : onIt,
    theIncident(material).flatMap(([text, ids]) => cite(text, ids)),
    whatToDo(material).flatMap(([text, ids]) => cite(text, ids)),
    diagnosis.verdict === 'inconclusive' && diagnosis.not_found.length > 0
      ? cite(`Checked, not found: ${diagnosis.not_found.join('; ')}`, of(CHECKING))
      : [],
  ]
    .filter((paragraph) => paragraph.length > 0)
    .map((paragraph) => paragraph.join('\n'))
    .join('\n\n');
}

type Sentence = [text: string, evidence: readonly string[]];

function bottomLine({ component, diagnosis, evidence }: AnswerMaterial, measured: string[]): Sentence[] {
  const { verdict, root_cause, confidence } = diagnosis;
  if (measured.length === 0) {
    const all = evidence.map(({ id }) => id);
    return [[`${component} could not be measured: this rests on the knowledge base alone`, all]];
  }
  const cited = diagnosis.evidence.length > 0 ? diagnosis.evidence : measured;
  switch (verdict) {
    case 'healthy':
      return [[`Nothing is wrong with ${component} by the latest measurements`, measured]];
    case 'inconclusive':
      return [[root_cause, cited]];
    case 'confirmed':
    case 'likely':
      return [[`${ended(root_cause)} (${verdict}, confidence ${confidence.toFixed(2)})`, cited]];
    default: {
      const never: never = verdict;
      throw new RangeError(`no first sentence for ${never}`);
    }
  }
}

const searchesOf = ({ evidence, asked }: AnswerMaterial) => evidence.filter(({ id }) => asked.includes(id));

/** Whether the knowledge base has anything on the question's own words. */
function isAnswered(material: AnswerMaterial): boolean {
  return searchesOf(material).some(({ documents }) => documents?.length);
}

/** The best section of each search for the question itself. That they found nothing is an answer too. */
function onTheQuestion(material: AnswerMaterial): Sentence[] {
  if (!isAnswered(material)) return [['No runbook for this, and no earlier incident either', material.asked]];
  return searchesOf(material).flatMap(({ id, documents }): Sentence[] => {
    const [best] = documents ?? [];
    if (!best) return [];
    const prose = firstProse(best.text);
    const where = `${best.file}#${best.anchor} "${quote(best.heading)}"`;
    return [[prose ? `${where} says: "${quote(prose, EXCERPT)}"` : `${where} is about this`, [id]]];
  });
}

/** A section's first paragraph that reads as a sentence: tables, code and headings do not. */
function firstProse(section: string): string | undefined {
  const paragraphs = section.replace(/^```[\s\S]*?^```/gm, '').split(/\n\s*\n/);
  return paragraphs.find((paragraph) => /^\s*[^\s|#>`]/.test(paragraph));
}

function theIncident({ component, incident }: AnswerMaterial): Sentence[] {
  if (!incident) return [];
  const { incident_id, status, phase, diagnosis, evidence, waiting_for } = incident;
  const cause = diagnosis
    ? `diagnosed as: ${ended(diagnosis.root_cause)}`
    : `not diagnosed yet: ${waiting_for}`;
  const ids = diagnosis?.evidence ?? evidence.map(({ id }) => id);
  return [[`${incident_id} is open on ${component} (${status}, ${phase}), ${cause}`, ids]];
}

function whatToDo({ diagnosis, incident }: AnswerMaterial): Sentence[] {
  const { recommended_actions, evidence, verdict } = diagnosis;
  const actions = recommended_actions.map(({ action, requires_approval, condition }) => {
    const remarks = [...(requires_approval ? ['with approval'] : []), ...(condition ? [condition] : [])];
    return remarks.length > 0 ? `${action} (${remarks.join(', ')})` : action;
  });
  if (verdict === 'healthy' || actions.length === 0) return [];
  const who = incident ? `${incident.incident_id} takes care of that` : 'a question changes nothing';
  return [[`What could be done: ${list(actions, actions.length)}; ${who}`, evidence]];
}

/** Without its full stop, so that more can follow. */
const ended = (text: string) => text.replace(/[.\s]+$/, '');

/** One line, and brackets are for citations alone: nothing quoted may pass for one. */
const plain = (text: string) => ended(text).replace(/\s+/g, ' ').replaceAll('[', '(').replaceAll(']', ')');
