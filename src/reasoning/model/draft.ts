import { type Action, RISKY_ACTIONS } from '../../domain/catalogue.ts';
import type { Diagnosis, RecommendedAction } from '../../domain/diagnosis.ts';
import type { CaseFile } from '../case-file.ts';
import { HEALTHY_WHEN_ABSENT, isHealthy, RULES } from '../causes/rules.ts';
import type { SearchFacts } from '../facts.ts';
import { onlyDocuments, textFaults } from '../grounding/check.ts';
import { plain, wordingFaults } from '../grounding/wording.ts';
import { planActions } from '../plan.ts';
import { type Readings, readSignals, type Signal } from '../signs/signs.ts';
import type { Draft } from './schema.ts';

const isRisky = (action: Action) => RISKY_ACTIONS.includes(action);

/**
 * A diagnosis of what the model wrote. Everything that guards people is filled in by code, whatever the draft says:
 * which risky actions its cause allows, in which order, what policy asks of each, and that people are told. What it says to
 * people is one plain line each. Left out, and said so, is a claim that cites only documents and does not say so, while there are others;
 * of `not_found`, what names things that no evidence holds.
 * @returns `faults` name what of the draft could not stand; the diagnosis is without it
 */
export function diagnosisOf(
  draft: Draft,
  c: CaseFile,
  model: string,
): { diagnosis: Diagnosis; faults: string[] } {
  const { verdict } = draft;
  const readings = readSignals(c);
  const category = verdict === 'inconclusive' ? 'unknown' : draft.category;
  const { actions, remarks, faults } = actionsOf(draft, category, c, readings);
  const said = wordsOf(draft, c);
  const found = (c.incidents?.facts as SearchFacts | undefined)?.found ?? [];
  const titles = new Map(found.map(({ incident_id, title }) => [incident_id, title]));
  return {
    diagnosis: {
      alert_id: c.lead.alert_id,
      root_cause: said.root_cause,
      confidence: Math.min(1, Math.max(0, draft.confidence)),
      evidence: [...new Set(said.claims.flatMap((claim) => claim.evidence))],
      recommended_actions: actions,
      runbook_reference: draft.runbook_reference,
      similar_incidents: [...new Set(draft.similar_incidents)].map((id) => `${id}: ${titles.get(id)}`),
      verdict,
      category,
      claims: said.claims,
      diagnosed_by: model,
      not_found: [...said.not_found, ...remarks],
      onset: c.onset,
    },
    faults: [...contradictions(draft, c, readings), ...faults, ...said.faults],
  };
}

/** What people will read of a draft. */
function wordsOf({ root_cause, claims, not_found }: Draft, c: CaseFile) {
  const told = claims.map(({ text, evidence }) => ({ text: plain(text), evidence }));
  const grounded = told.filter((claim) => !onlyDocuments(claim, c));
  const kept = grounded.length > 0 ? grounded : told;
  const left = told.filter((claim) => !kept.includes(claim));
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
function contradictions({ verdict, category }: Draft, c: CaseFile, readings: Readings): string[] {
  const sure = verdict === 'confirmed' || verdict === 'likely';
  if (sure && (category === 'unknown' || category === 'healthy'))
    return [`verdict ${verdict} does not go with category ${category}`];
  if (sure) return denials(category, readings).map((why) => `${verdict} ${category}, but ${why}`);
  if (verdict !== 'healthy') return [];
  if (category !== 'healthy') return [`verdict healthy does not go with category ${category}`];
  if (isHealthy(c.strategy, readings)) return [];
  const seen = Object.values(HEALTHY_WHEN_ABSENT)
    .flat()
    .flatMap((signal) => (readings[signal]?.seen ? readings[signal].text : []));
  const why = seen.length > 0 ? [...new Set(seen)].join('; ') : 'nothing was measured that would show it';
  return [`verdict healthy, but ${why}`];
}

/**
 * Why the measurements do not allow a category: what the rule of it that comes nearest needs and what is not so. What nobody
 * measured may be so, beside something that was seen. A rule's `excludes` only rank neighbours that share their signs: a model may
 * rank them otherwise.
 */
function denials(category: Draft['category'], readings: Readings): string[] {
  const nearest = RULES.filter((rule) => rule.category === category)
    .map(({ needs }) => ({
      seen: needs.some((signal) => readings[signal]?.seen),
      denied: needs.flatMap((signal) => (readings[signal]?.seen === false ? readings[signal].text : [])),
      needs,
    }))
    .sort((a, b) => Number(b.seen) - Number(a.seen) || a.denied.length - b.denied.length)[0];
  if (!nearest || (nearest.seen && nearest.denied.length === 0)) return [];
  const unread = (signal: Signal) => `nobody measured ${signal.replaceAll('_', ' ')}`;
  return [nearest.denied.length > 0 ? nearest.denied.join('; ') : nearest.needs.map(unread).join('; ')];
}

function actionsOf(draft: Draft, category: Diagnosis['category'], c: CaseFile, readings: Readings) {
  const plan = planActions(category, draft.verdict, c, readings);
  const chosen = new Set<Action>(draft.recommended_actions);
  const told = plan.actions.filter(({ action }) => !isRisky(action));
  const alsoTold = [...chosen].filter(
    (action) => !isRisky(action) && action !== 'acknowledge_pagerduty' && draft.verdict !== 'healthy',
  );
  const possible = plan.actions.filter(({ action }) => isRisky(action));
  const risky = possible.filter(({ action }) => chosen.has(action));
  // A fallback without what it stands in for would be a first choice that the plan does not make.
  if (risky[0]?.only_after_failure) risky.splice(0);
  const steps = [
    ...told,
    ...alsoTold
      .filter((action) => !told.some((step) => step.action === action))
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
        `${action}: not possible with verdict ${draft.verdict} and category ${category}; possible: ${instead}${why}`,
    ),
  };
}
