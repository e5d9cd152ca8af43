import type { AnswerActivities } from '../../workflows/contracts/answer.ts';
import { answerQuestion } from './answer-question.ts';
import type { AnswerDeps } from './deps.ts';
import { openInvestigation } from './open-investigation.ts';
import { recordInvestigation } from './record-investigation.ts';

export type { AnswerDeps } from './deps.ts';

/** The Investigator's duties towards people who ask, under the names that Temporal shows. */
export function answerActivities(deps: AnswerDeps): AnswerActivities {
  return {
    open_investigation: openInvestigation(deps),
    record_investigation: recordInvestigation(deps),
    answer_question: answerQuestion(deps),
  };
}
