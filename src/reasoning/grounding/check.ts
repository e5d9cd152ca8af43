import { ACTIONS } from '../../domain/actions/catalogue.ts';
import { ALERT_TYPES } from '../../domain/alert.ts';
import { Diagnosis } from '../../domain/diagnosis.ts';
import type { Evidence } from '../../domain/evidence.ts';
import type { DiagnoseInput } from '../case-file.ts';
import { categoriesOf } from '../causes/index.ts';
import type { SearchFacts } from '../facts.ts';
import { hasMetric, hasName, hasNumber, hasTime, joined, type Lexicon, lexiconOf } from './lexicon.ts';
import { mentionsOf } from './mentions.ts';
import { valueFaults, valuesOf } from './values.ts';

/** Shorter headings ("Causes") are ordinary words; characters. */
const TITLE = 10;

/** The grounds of a check: the evidence that was collected, and facts that are given without being evidence. */
export type Grounds = {
  evidence: readonly Evidence[];
  /** The names that a category can have; by default those of `CAUSES`. */
  categories?: readonly string[];
} & Partial<Pick<DiagnoseInput, 'alerts' | 'policy'>>;

/**
 * The faults of a diagnosis, as sentences; empty when it may be used. Its schema holds actions to the catalogue; its category
 * is a known one; all that it cites was collected; and the numbers, times, names and metrics of each claim occur in the evidence
 * that this claim cites.
 */
export function faultsOf(diagnosis: unknown, grounds: Grounds): string[] {
  const parsed = Diagnosis.safeParse(diagnosis);
  if (!parsed.success)
    return parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the diagnosis'}: ${issue.message}`);
  const { claims, evidence, root_cause, category } = parsed.data;
  const categories = grounds.categories ?? categoriesOf();
  return [
    ...(categories.includes(category)
      ? []
      : [`category: expected one of ${categories.join(', ')}, got ${category}`]),
    ...citationFaults(parsed.data, grounds.evidence),
    ...claims.flatMap((claim, i) => claimFaults(claim, grounds).map((fault) => `claim ${i + 1}: ${fault}`)),
    ...[...idFaults(root_cause, evidence), ...textFaults(root_cause, evidence, grounds)].map(
      (fault) => `root cause: ${fault}`,
    ),
  ];
}

/** The diagnosis without the claims that their evidence does not show; `not_found` lists these. */
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

/** Whether a claim rests on documents alone without mentioning one. Only measurements show the present. */
export function onlyDocuments({ text, evidence }: Diagnosis['claims'][number], grounds: Grounds): boolean {
  const items = grounds.evidence.filter(({ id }) => evidence.includes(id));
  return items.length > 0 && items.every(({ documents }) => documents) && !mentionsDocument(text, items);
}

/** Whether a text mentions a document, or the file, title or heading of one that it cites. */
function mentionsDocument(text: string, items: readonly Evidence[]): boolean {
  const titles = items.flatMap(({ documents = [], facts }) => [
    ...documents.flatMap(({ file, heading }) => [file, heading]),
    ...(documents.length > 0 ? (facts as SearchFacts).found.map(({ title }) => title) : []),
  ]);
  const lower = text.toLowerCase();
  return (
    mentionsOf(text).ofDocument ||
    titles.some((title) => title.length >= TITLE && lower.includes(title.toLowerCase()))
  );
}

function claimFaults(claim: Diagnosis['claims'][number], grounds: Grounds): string[] {
  if (onlyDocuments(claim, grounds))
    return ['it cites only documents but does not say so; measurements show what is the case now'];
  const items = grounds.evidence.filter(({ id }) => claim.evidence.includes(id));
  return [
    ...idFaults(claim.text, claim.evidence),
    ...textFaults(claim.text, claim.evidence, grounds, mentionsDocument(claim.text, items)),
  ];
}

const idFaults = (text: string, cited: readonly string[]) =>
  mentionsOf(text)
    .ids.filter((id) => !cited.includes(id))
    .map((id) => `${id} is named but not cited`);

/**
 * The parts of a text that its evidence does not show: numbers, times, names, metrics; and those that a measured value
 * contradicts (`valueFaults` lists the ones that are not caught). Numbers of the policy count as limits only.
 * @param documents false: only measurements count, not the texts that a search found
 */
export function textFaults(
  text: string,
  cited: readonly string[],
  grounds: Grounds,
  documents = true,
): string[] {
  const lexicon = lexiconFor(cited, grounds, documents);
  const mentions = mentionsOf(text);
  const given = givenNames(grounds);
  const limits = limitsOf(grounds);
  const missing = [
    ...mentions.names.filter((name) => !given.has(name) && !hasName(lexicon, name)),
    ...mentions.numbers
      .filter((number) => !hasNumber(lexicon, number) && !(number.asLimit && hasNumber(limits, number)))
      .map((number) => number.text),
    ...mentions.times.filter((time) => !hasTime(lexicon, time)),
    ...mentions.metrics.filter((metric) => !hasMetric(lexicon, metric)),
  ];
  const fromDocuments =
    documents && grounds.evidence.some((item) => item.documents && cited.includes(item.id));
  return [
    ...[...new Set(missing)].map((what) => `"${what}" is not in what it cites`),
    // Documents hold other values of other times.
    ...(fromDocuments ? [] : [...valueFaults(text, lexicon.values), ...reversals(text, lexicon)]),
  ];
}

/** "from 7.3 back to 7.2", where the evidence writes `7.2 → 7.3`. */
function reversals(text: string, lexicon: Lexicon): string[] {
  const found = text.matchAll(/\bfrom ([\w/-]+(?:\.[\w/-]+)*)(?: back)? to ([\w/-]+(?:\.[\w/-]+)*)/g);
  return [...found].flatMap(([words, from, to]) =>
    lexicon.text.includes(`${to} → ${from}`) && !lexicon.text.includes(`${from} → ${to}`)
      ? `"${words}": it was the other way round`
      : [],
  );
}

/** Names that need no evidence: the catalogue's, the alerts', and the component's and its versions'. */
function givenNames({ evidence, alerts = [], categories = categoriesOf() }: Grounds): Set<string> {
  const versions = evidence.flatMap(({ facts }) => {
    const { model, version, active_version } = (facts ?? {}) as Partial<Record<string, string>>;
    return model ? [model, version, active_version, `${model}_${version ?? active_version}`] : [];
  });
  const fromAlerts = alerts.flatMap(({ alert_id, affected_component: component }) => [
    ...[alert_id, component],
    ...(/^(.+)_(v\d+)$/.exec(component)?.slice(1) ?? []),
  ]);
  const names = [...ACTIONS, ...categories, ...ALERT_TYPES, ...versions, ...fromAlerts];
  return new Set(names.filter((name) => name !== undefined));
}

/** Numbers of the policy, which a text may give as limits. */
const limitsOf = ({ policy }: Grounds) => ({
  numbers: valuesOf([policy?.thresholds, policy?.gate]).fields.map(({ value }) => value),
});

/** The contents of the cited items, with the times of the alerts, which need no evidence. */
function lexiconFor(
  cited: readonly string[],
  { evidence, alerts = [] }: Grounds,
  documents: boolean,
): Lexicon {
  const items = evidence.filter(({ id }) => cited.includes(id));
  const lexicon = joined(items.map((item) => lexiconOf(item, documents)));
  const given = alerts.flatMap(({ starts_at, timestamp }) => [starts_at, timestamp]);
  return { ...lexicon, times: [...lexicon.times, ...given.map((at) => Date.parse(at) / 60_000)] };
}
