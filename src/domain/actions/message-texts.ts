import type { ActionFacts, DiagnosedCause } from './entry.ts';

/** A diagnosis as people read it in a message: cause, claims with their evidence, references, plan, link. */
export function summaryOf(diagnosis: DiagnosedCause, url: string): string {
  const claims = diagnosis.claims.map((claim) => `- ${claim.text} [${claim.evidence.join(', ')}]`);
  const next = diagnosis.recommended_actions.map(
    (a) =>
      `${a.priority}. ${a.action}${a.condition ? ` (${a.condition})` : ''}${a.requires_approval ? ', needs approval' : ''}`,
  );
  return [
    `${diagnosis.root_cause} (${diagnosis.verdict}, confidence ${diagnosis.confidence}, by ${diagnosis.diagnosed_by})`,
    '',
    ...claims,
    '',
    `Runbook: ${diagnosis.runbook_reference ?? 'none found'}`,
    ...diagnosis.similar_incidents.map((similar) => `Similar: ${similar}`),
    '',
    ...next,
    ...(diagnosis.not_found.length > 0 ? ['', ...diagnosis.not_found] : []),
    '',
    url,
  ].join('\n');
}

/** The message of an incident in which monitoring itself is away, so that there is nothing to diagnose. */
export function missingDiagnosis({ symptoms, url }: ActionFacts): string {
  return [
    ...symptoms.map(({ summary }) => summary),
    '',
    'No alert can be raised from these measurements until they are back. They are tried again automatically, and this thread is updated when they work.',
    '',
    url,
  ].join('\n');
}
