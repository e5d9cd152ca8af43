import type { AnswerActivities } from '../../workflows/contracts/answer.ts';
import type { AnswerDeps } from './deps.ts';

/** Writes what happened to a question, for readers to see. Idempotent by run and version. */
export function recordInvestigation({
  store,
}: Pick<AnswerDeps, 'store'>): AnswerActivities['record_investigation'] {
  return (change, events) => store.recordInvestigation(change, events);
}
