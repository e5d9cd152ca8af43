import { activityInfo } from '@temporalio/activity';
import { groupsOf } from '../../src/domain/policy/policy.ts';
import type { RecordActivities } from '../../workflows/contracts/record.ts';
import type { RecordDeps } from './deps.ts';

const MEMORY_MS = 7 * 24 * 3_600_000;

/** Allots the incident's id and hands over what its run needs to know. Idempotent by workflow id and original run id. */
export function openIncident(deps: RecordDeps): RecordActivities['open_incident'] {
  return async ({ workflowId, originalRunId, component }) => {
    const now = deps.now();
    const { policy, version } = await deps.policies.keep();
    const { components, actions, approvals, gate, watch, verify, cooldown, acknowledge_for } = policy;
    const { slack_channel, jira_project, github_repository } = policy;
    // Of its own schedule: how late the fault may have been seen follows from it.
    const group = groupsOf(policy).find((each) => each.components.includes(component));
    const poll = { ...policy.poll, every: group?.every ?? policy.poll.every };
    return {
      incidentId: await deps.store.allotIncident(workflowId, originalRunId, now),
      runId: activityInfo().workflowExecution!.runId,
      policy: {
        actions,
        approvals,
        gate,
        watch,
        verify,
        cooldown,
        acknowledge_for,
        poll,
        slack_channel,
        jira_project,
        github_repository,
      },
      policyVersion: version,
      measured: component in components,
      pastActions: await deps.store.pastActions(component, new Date(now.getTime() - MEMORY_MS)),
      searchAttributes: deps.searchAttributes,
      publicUrl: deps.publicUrl,
    };
  };
}
