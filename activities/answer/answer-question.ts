import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import { answerByRules } from '../../src/reasoning/answer-by-rules.ts';
import { streamAnswer } from '../../src/reasoning/model/answer.ts';
import { citableEvidence } from '../../src/store/citable.ts';
import type { AnswerActivities } from '../../workflows/contracts/answer.ts';
import { citationOf } from './citation.ts';
import type { AnswerDeps } from './deps.ts';
import { AnswerWriter } from './writer.ts';

/**
 * Composes the answer from what was collected and writes it to the store as it comes: by the model if one answers, else by
 * rules. Safe to retry: each attempt starts the answer again, and one that was taken for dead stops at its next word.
 */
export function answerQuestion({ store, model }: AnswerDeps): AnswerActivities['answer_question'] {
  return async ({ investigationId, asked }) => {
    const view = await store.investigation(investigationId);
    if (!view?.diagnosis) {
      throw ApplicationFailure.nonRetryable(
        `expected ${investigationId} with a diagnosis in the store, got ${view ? 'none' : 'no such investigation'}`,
        'UnknownInvestigation',
      );
    }
    const { question, component, diagnosis } = view;
    const incident = view.incident_id === null ? null : await store.incident(view.incident_id);
    const evidence = await citableEvidence(store, view);
    const writer = await AnswerWriter.begin(store, investigationId);
    const signal = AbortSignal.any([cancellationSignal(), writer.outdated]);
    const answer = await streamAnswer({
      question,
      evidence,
      diagnosis,
      model,
      byRules: answerByRules({ component, diagnosis, evidence, asked, incident }),
      signal,
      onText: (soFar) => writer.hear(soFar),
    });
    signal.throwIfAborted();
    const cited = answer.citations.flatMap((id) => evidence.find((item) => item.id === id) ?? []);
    const citations = cited.map((item) => citationOf(item, answer.text));
    await writer.end(answer.text, answer.answered_by, citations);
    return { by: answer.answered_by, cited: citations.length, calls: answer.calls };
  };
}
