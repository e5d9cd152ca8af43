import { Diagnosis } from '../domain/diagnosis.ts';

/**
 * What is wrong with a diagnosis, as sentences; empty when it may be used. Whoever wrote it, it passes this check. Its
 * schema holds actions to the catalogue.
 */
export function faultsOf(diagnosis: unknown, collected: ReadonlySet<string>): string[] {
  const parsed = Diagnosis.safeParse(diagnosis);
  if (!parsed.success)
    return parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the diagnosis'}: ${issue.message}`);
  const { claims, evidence, verdict } = parsed.data;
  const cited = [...evidence, ...claims.flatMap((claim) => claim.evidence)];
  const invented = [...new Set(cited.filter((id) => !collected.has(id)))];
  const sure = verdict === 'confirmed' || verdict === 'likely';
  return [
    ...invented.map((id) => `${id}: cited, but not among the evidence of this incident`),
    ...(sure && claims.length === 0 ? [`${verdict}, but without a single claim that cites evidence`] : []),
  ];
}
