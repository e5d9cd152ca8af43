import type { ActionEntry, ActionFacts } from '../../src/domain/actions/entry.ts';
import type { ComponentStatus } from '../../src/domain/component-status.ts';
import { activities } from '../activities.ts';
import { now } from '../clock.ts';
import type { IncidentRun } from './run.ts';

/** The component as its systems show it now, as far as the action needs it; the registry besides, for the version that is live. */
export function statusOf(run: IncidentRun, { needs }: ActionEntry): Promise<ComponentStatus> {
  return activities.component_status({
    component: run.view.component,
    policy: run.context.policyVersion,
    needs: [...new Set(['registry' as const, ...needs])],
  });
}

/** The facts that an action's parameters and card rest on. */
export function factsOf({ view, context, url }: IncidentRun, status: ComponentStatus | null): ActionFacts {
  const { slack_channel, github_repository, jira_project } = context.policy;
  return {
    incidentId: context.incidentId,
    component: view.component,
    severity: view.severity,
    alertType: view.alert_type,
    diagnosis: view.diagnosis,
    symptoms: view.symptoms,
    status,
    channels: { slack: slack_channel, github: github_repository, jira: jira_project },
    earlier: view.actions,
    url,
    now: now().toISOString(),
  };
}
