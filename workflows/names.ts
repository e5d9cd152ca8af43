/** Workflow types, task queues and ids: what clients, workers and Schedules must agree on. */

export const INCIDENT_WORKFLOW = 'incident';
export const POLL_WORKFLOW = 'poll';
export const INVESTIGATION_WORKFLOW = 'investigation';
/** Workflows and reading activities. */
export const TASK_QUEUE = 'agentops';
/** Activities that change something; model calls and searches cannot starve them. */
export const REMEDIATION_QUEUE = 'agentops-remediation';

/** One open incident per component: `incident-<environment>-<component without version>`. */
export function incidentWorkflowId(environment: string, component: string): string {
  return `incident-${environment}-${component}`;
}

/** One workflow per question: `investigation-<environment>-<investigation id>`. */
export function investigationWorkflowId(environment: string, investigationId: string): string {
  return `investigation-${environment}-${investigationId}`;
}
