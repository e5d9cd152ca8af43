import { type Action, RISKY_ACTIONS } from '../../domain/actions/catalogue.ts';
import type { Diagnosis, RecommendedAction } from '../../domain/diagnosis.ts';
import type { CaseFile } from '../case-file.ts';
import type { Cause } from '../causes/cause.ts';
import { CAUSES, causeOf } from '../causes/index.ts';
import type { SearchFacts } from '../facts.ts';
import { onlyDocuments, textFaults } from '../grounding/check.ts';
import { plain, wordingFaults } from '../grounding/wording.ts';
import { planActions } from '../plan.ts';
import { FAULT_SIGNS, isHealthy } from '../signs/health.ts';
import { type Readings, readSigns, type Sign } from '../signs/signs.ts';
import type { Draft } from './schema.ts';

const isRisky = (action: Action) => RISKY_ACTIONS.includes(action);

/**
 * Turns the model's draft into a diagnosis. Code fills in everything that guards people: the risky actions that the cause and
 * the component allow, their order, their approval by policy, and the notices. Texts become one plain line each. A claim that
 * cites only documents without naming them is moved to `not_found` while there are others. Entries of `not_found` that name
 * things without evidence are dropped.
 * @returns `faults` are the parts of the draft that the diagnosis leaves out, as sentences
 */
export function diagnosisOf(
  draft: Draft,
  c: CaseFile,
  model: string,
  causes: readonly Cause[] = CAUSES,
): { diagnosis: Diagnosis; faults: string[] } {
  const { verdict } = draft;
  const readings = readSigns(c);
  const cause = causeOf(verdict === 'inconclusive' ? 'unknown' : draft.category, causes);
  const { actions, remarks, faults } = actionsOf(draft, cause, c, readings);
  const texts = textsOf(draft, c);
  const found = (c.incidents?.facts as SearchFacts | undefined)?.found ?? [];
  const titles = new Map(found.map(({ incident_id, title }) => [incident_id, title]));
  return {
    diagnosis: {
      alert_id: c.lead.alert_id,
      root_cause: texts.root_cause,
      confidence: Math.min(1, Math.max(0, draft.confidence)),
      evidence: [...new Set(texts.claims.flatMap((claim) => claim.evidence))],
      recommended_actions: actions,
      runbook_reference: draft.runbook_reference,
      similar_incidents: [...new Set(draft.similar_incidents)].map((id) => `${id}: ${titles.get(id)}`),
      verdict,
      category: cause.name,
      claims: texts.claims,
      diagnosed_by: model,
      not_found: [...texts.not_found, ...remarks],
      onset: c.onset,
    },
    faults: [...contradictions(draft, c, readings, causes), ...faults, ...texts.faults],
  };
}

/** The texts of a draft for people. */
function textsOf({ root_cause, claims, not_found }: Draft, c: CaseFile) {
  const all = claims.map(({ text, evidence }) => ({ text: plain(text), evidence }));
  const measured = all.filter((claim) => !onlyDocuments(claim, c));
  const kept = measured.length > 0 ? measured : all;
  const left = all.filter((claim) => !kept.includes(claim));
  const everything = c.evidence.map(({ id }) => id);
  return {
    root_cause: plain(root_cause),
    claims: kept,
    not_found: [
      ...not_found
        .filter((text) => [...wordingFaults(text), ...textFaults(text, everything, c)].length === 0)
        .map(plain),
      ...left.map(({ text }) => `left out, as it cites only documents but does not say so: ${text}`),
    ],
    faults: [
      ...wordingFaults(root_cause).map((fault) => `root cause: ${fault}`),
      ...claims.flatMap(({ text }, i) => wordingFaults(text).map((fault) => `claim ${i + 1}: ${fault}`)),
    ],
  };
}

/** A verdict that its own category or the measurements deny. "Healthy" closes an incident, so numbers must bear it out. */
function contradictions(
  { verdict, category }: Draft,
  c: CaseFile,
  readings: Readings,
  causes: readonly Cause[],
): string[] {
  const sure = verdict === 'confirmed' || verdict === 'likely';
  if (sure && (category === 'unknown' || category === 'healthy'))
    return [`verdict ${verdict} does not go with category ${category}`];
  if (sure)
    return denials(causeOf(category, causes), readings).map((why) => `${verdict} ${category}, but ${why}`);
  if (verdict !== 'healthy') return [];
  if (category !== 'healthy') return [`verdict healthy does not go with category ${category}`];
  if (isHealthy(c.strategy, readings)) return [];
  const seen = FAULT_SIGNS.flatMap((sign) => (readings[sign]?.seen ? readings[sign].text : []));
  const why = seen.length > 0 ? [...new Set(seen)].join('; ') : 'nothing was measured that would show it';
  return [`verdict healthy, but ${why}`];
}

/**
 * Why the measurements do not allow a cause: the needs of its nearest diagnosis rule that were measured and are not so. A need
 * that nobody measured may be so, beside one that was seen. A rule's `excludes` only rank neighbours that share their signs: a
 * model may rank them otherwise.
 */
function denials({ rules }: Cause, readings: Readings): string[] {
  const nearest = rules
    .map(({ needs }) => ({
      seen: needs.some((sign) => readings[sign]?.seen),
      denied: needs.flatMap((sign) => (readings[sign]?.seen === false ? readings[sign].text : [])),
      needs,
    }))
    .sort((a, b) => Number(b.seen) - Number(a.seen) || a.denied.length - b.denied.length)[0];
  if (!nearest || (nearest.seen && nearest.denied.length === 0)) return [];
  const unread = (sign: Sign) => `nobody measured ${sign.replaceAll('_', ' ')}`;
  return [nearest.denied.length > 0 ? nearest.denied.join('; ') : nearest.needs.map(unread).join('; ')];
}

function actionsOf(draft: Draft, cause: Cause, c: CaseFile, readings: Readings) {
  const plan = planActions(cause, draft.verdict, c, readings);
  const chosen = new Set<Action>(draft.recommended_actions);
  const notices = plan.actions.filter(({ action }) => !isRisky(action));
  const moreNotices = [...chosen].filter(
    (action) => !isRisky(action) && action !== 'acknowledge_pagerduty' && draft.verdict !== 'healthy',
  );
  const possible = plan.actions.filter(({ action }) => isRisky(action));
  const risky = possible.filter(({ action }) => chosen.has(action));
  // A fallback without the action that it stands in for would be a first choice, which the plan does not make.
  if (risky[0]?.only_after_failure) risky.splice(0);
  const steps = [
    ...notices,
    ...moreNotices
      .filter((action) => !notices.some((step) => step.action === action))
      .map((action) => ({ action })),
    ...risky,
  ];
  const actions: RecommendedAction[] = steps.map((step, i) => ({
    ...step,
    priority: i + 1,
    requires_approval: c.policy.actions[step.action].approval,
  }));
  const refused = [...chosen].filter(
    (action) => isRisky(action) && !risky.some((step) => step.action === action),
  );
  const instead = possible.map(({ action }) => action).join(', then ') || 'none';
  const why = plan.remarks.length > 0 ? ` (${plan.remarks.join('; ')})` : '';
  return {
    actions,
    remarks: plan.remarks,
    faults: refused.map(
      (action) =>
        `${action}: not possible with verdict ${draft.verdict} and category ${cause.name}; possible: ${instead}${why}`,
    ),
  };
}
