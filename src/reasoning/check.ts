import { ACTIONS, CATEGORIES } from '../domain/catalogue.ts';
import { Diagnosis } from '../domain/diagnosis.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { RulesInput } from './case-file.ts';
import {
  hasMetric,
  hasName,
  hasNumber,
  hasTime,
  isNear,
  joined,
  type Lexicon,
  lexiconOf,
} from './check-lexicon.ts';
import { mentionsOf } from './check-mentions.ts';
import type { SearchFacts } from './facts.ts';

/** What is checked against: what was collected, and what is given without being evidence. */
export type Grounds = { evidence: readonly Evidence[] } & Partial<Pick<RulesInput, 'alerts' | 'policy'>>;

/**
 * What is wrong with a diagnosis, as sentences; empty when it may be used. Its schema holds actions to the catalogue; all
 * that it cites was collected; and the numbers, times, names and metrics of each claim occur in what that very claim cites.
 */
export function faultsOf(diagnosis: unknown, grounds: Grounds): string[] {
  const parsed = Diagnosis.safeParse(diagnosis);
  if (!parsed.success)
    return parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the diagnosis'}: ${issue.message}`);
  const { claims, evidence, root_cause } = parsed.data;
  return [
    ...citationFaults(parsed.data, grounds.evidence),
    ...claims.flatMap((claim, i) => claimFaults(claim, grounds).map((fault) => `claim ${i + 1}: ${fault}`)),
    ...textFaults(root_cause, evidence, grounds).map((fault) => `root cause: ${fault}`),
  ];
}

/** The diagnosis without the claims that what they cite does not show; `not_found` says so. */
export function groundedOnly(diagnosis: Diagnosis, grounds: Grounds): Diagnosis {
  const judged = diagnosis.claims.map((claim) => ({ claim, faults: claimFaults(claim, grounds) }));
  const left = judged.filter(({ faults }) => faults.length > 0);
  const claims = judged.filter(({ faults }) => faults.length === 0).map(({ claim }) => claim);
  const remarks = left.map(({ claim, faults }) => `left out, as ${faults.join(', ')}: ${claim.text}`);
  return { ...diagnosis, claims, not_found: [...diagnosis.not_found, ...remarks] };
}

function citationFaults(diagnosis: Diagnosis, collected: readonly Evidence[]): string[] {
  const { claims, evidence, verdict, runbook_reference: reference, similar_incidents: similar } = diagnosis;
  const ids = new Set(collected.map(({ id }) => id));
  const cited = [...evidence, ...claims.flatMap((claim) => claim.evidence)];
  const invented = [...new Set(cited.filter((id) => !ids.has(id)))];
  const sure = verdict === 'confirmed' || verdict === 'likely';
  const sections = collected.flatMap(({ documents = [] }) => documents.map((d) => `${d.file}#${d.anchor}`));
  const incidents = collected
    .filter(({ tool }) => tool === 'search_incidents')
    .flatMap(({ facts }) => (facts as SearchFacts).found.map(({ incident_id }) => incident_id));
  const unknown = similar.filter((text) => !incidents.includes(text.split(':')[0]!));
  return [
    ...invented.map((id) => `${id}: cited, but not among the evidence of this incident`),
    ...(sure && claims.length === 0 ? [`${verdict}, but without a single claim that cites evidence`] : []),
    ...(reference && !sections.includes(reference) ? [`${reference}: not among the sections found`] : []),
    ...unknown.map((text) => `${text}: not among the incidents found`),
  ];
}

function claimFaults(claim: Diagnosis['claims'][number], grounds: Grounds): string[] {
  const { ofDocument, ids } = mentionsOf(claim.text);
  const items = grounds.evidence.filter(({ id }) => claim.evidence.includes(id));
  const notCited = ids.filter((id) => !claim.evidence.includes(id));
  if (items.length > 0 && items.every(({ documents }) => documents) && !ofDocument)
    return ['it cites only documents but does not say so; measurements show what is the case now'];
  return [
    ...notCited.map((id) => `${id} is named but not cited`),
    ...textFaults(claim.text, claim.evidence, grounds, ofDocument),
  ];
}

/**
 * What a text says that what it cites does not show: numbers, times, names, metrics, and a PSI of another feature.
 * @param documents false: only what was measured counts, not the texts that a search found
 */
export function textFaults(
  text: string,
  cited: readonly string[],
  grounds: Grounds,
  documents = true,
): string[] {
  const lexicon = lexiconFor(cited, grounds, documents);
  const said = mentionsOf(text);
  const catalogue: readonly string[] = [...ACTIONS, ...CATEGORIES];
  const missing = [
    ...said.names.filter((name) => !catalogue.includes(name) && !hasName(lexicon, name)),
    ...said.numbers.filter((number) => !hasNumber(lexicon, number)).map((number) => number.text),
    ...said.times.filter((time) => !hasTime(lexicon, time)),
    ...said.metrics.filter((metric) => !hasMetric(lexicon, metric)),
  ];
  const mixedUp = said.psi.filter(({ feature, number }) => {
    const known = lexicon.psi.get(feature);
    return known !== undefined && !known.some((psi) => isNear(psi, number));
  });
  return [
    ...[...new Set(missing)].map((what) => `"${what}" is not in what it cites`),
    ...mixedUp.map(({ feature, number }) => `${number.text} is not the PSI of ${feature}`),
  ];
}

/** What the cited items contain, with the limits of the policy and the times of the alerts, which everybody knows. */
function lexiconFor(cited: readonly string[], grounds: Grounds, documents: boolean): Lexicon {
  const { evidence, alerts = [], policy } = grounds;
  const items = evidence.filter(({ id }) => cited.includes(id));
  const known = lexiconOf(
    {
      ...{ id: '', incident_id: '', tool: '', system: '', asked: '', at: '', summary: '' },
      facts: [
        policy?.thresholds,
        policy?.gate,
        alerts.map(({ starts_at, timestamp }) => [starts_at, timestamp]),
      ],
    },
    false,
  );
  const given: Lexicon = { ...known, text: '' };
  return joined([given, ...items.map((item) => lexiconOf(item, documents))]);
}
