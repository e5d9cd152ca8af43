import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { missingCapabilities } from '../../src/domain/policy/components.ts';
import { thresholdsOf } from '../../src/domain/policy/policy.ts';
import { reason } from '../../src/reasoning/reason.ts';
import type { InvestigateActivities } from '../../workflows/contracts/investigate.ts';
import type { InvestigateDeps } from './deps.ts';

/**
 * Tool `diagnose`: one round of reasoning over the evidence named, by the model where one answers, else by the rules. It only
 * reads, so it is safe to retry; cancelling it ends the model's call. It beats while the answer comes in.
 * @throws ApplicationFailure, not retryable: there is no alert to reason about
 */
export function diagnose({
  store,
  policies,
  model,
}: Pick<InvestigateDeps, 'store' | 'policies' | 'model'>): InvestigateActivities['diagnose'] {
  return async ({
    incidentId,
    component,
    strategy,
    alerts,
    evidence: ids,
    pastActions,
    mayAsk,
    policy: version,
  }) => {
    if (alerts.length === 0)
      throw ApplicationFailure.nonRetryable('expected at least one alert to diagnose, got none', 'NoAlert');
    const context = Context.current();
    const evidence = (await store.evidenceOf(incidentId)).filter(({ id }) => ids.includes(id));
    const policy = await policies.at(version);
    const thresholds = thresholdsOf(policy, component);
    const answer = await reason({
      input: {
        ...{ strategy, alerts, evidence, pastActions },
        policy: { ...policy, thresholds },
        missing: component in policy.components ? missingCapabilities(policy, component) : [],
      },
      model,
      mayAsk,
      signal: context.cancellationSignal,
      onProgress: (characters) => context.heartbeat({ characters }),
    });
    context.heartbeat({ calls: answer.calls.map(({ outcome }) => outcome) });
    return answer;
  };
}
