import type { IncidentDetail } from '../api/routes/incident.ts';
import { cardOf } from '../domain/actions/card.ts';
import { actionsTaken } from '../domain/actions/outcome.ts';
import type { ActionRecord } from '../domain/actions/record.ts';
import type { Severity } from '../domain/alert.ts';
import { formatDuration } from '../domain/duration.ts';
import type { IncidentView } from '../domain/incident.ts';
import { columns, paint } from './output.ts';

const SEVERITY_STYLE = { critical: 'red', warning: 'yellow', info: 'blue' } as const;

function badge(severity: Severity): string {
  return paint(['bold', SEVERITY_STYLE[severity]], severity.toUpperCase());
}

/** `2026-02-28 14:38 UTC` */
function clock(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** `3 min 12 s ago`, `in 2 min` */
function relative(iso: string, now: Date): string {
  const ms = Date.parse(iso) - now.getTime();
  return ms >= 0 ? `in ${formatDuration(ms)}` : `${formatDuration(-ms)} ago`;
}

/** One incident for a person in a hurry: bottom line, what is waited for, what to type; then the rest. */
export function incidentText({ incident, links }: IncidentDetail, now: Date): string {
  const open = incident.actions.filter(({ state }) => state === 'awaiting');
  return [
    bottomLine(incident, now),
    `${paint('bold', 'Now:')} ${incident.waiting_for}`,
    ...(incident.error ? [failure(incident)] : []),
    ...open.map((action) => approvalText(action, now)),
    ...cause(incident),
    ...did(incident),
    columns([
      ['Evidence', links.evidence],
      ['Temporal', links.temporal],
    ]),
  ].join('\n\n');
}

function bottomLine(incident: IncidentView, now: Date): string {
  const { incident_id, severity, alert_type, component, status, phase, summary } = incident;
  const alerts = `${incident.alert_count} alert${incident.alert_count === 1 ? '' : 's'}`;
  const f1 = [
    ...(incident.f1_before === null ? [] : [`F1 before ${incident.f1_before.toFixed(3)}`]),
    ...(incident.f1_after === null ? [] : [`after ${incident.f1_after.toFixed(3)}`]),
  ].join(', ');
  return [
    `${paint('bold', incident_id)}  ${badge(severity)}  ${alert_type} on ${component}: ${paint('bold', status)} (${phase})`,
    summary,
    `Opened ${clock(incident.opened_at)}, ${relative(incident.opened_at, now)}; ${alerts}${f1 ? `; ${f1}` : ''}`,
    ...(incident.acknowledged_by ? [`${incident.acknowledged_by} is on it`] : []),
    ...(incident.closed_at ? [`Closed ${clock(incident.closed_at)}`] : []),
  ].join('\n');
}

function failure({ incident_id, error, step_id }: IncidentView): string {
  const lines = [`${paint(['bold', 'red'], 'Failed:')} ${error}`];
  if (step_id) {
    const ways = ['continue', 'skip', 'close'].map((command) => [
      `  npx agentops ${command} ${incident_id}`,
      WAYS[command]!,
    ]);
    lines.push(columns(ways));
  }
  return lines.join('\n');
}

const WAYS: Record<string, string> = {
  continue: 'tries the failed step again',
  skip: 'leaves it out and goes on',
  close: 'ends the incident here',
};

/** The approval card, and the commands that decide it. */
export function approvalText(action: ActionRecord, now: Date, command = 'npx agentops'): string {
  const card = cardOf(action, (iso) => `${clock(iso)}, ${relative(iso, now)}`);
  const lines: [string, string][] = [
    ...card.lines,
    ['Approve', `${command} approve ${card.id}`],
    ['Deny', `${command} deny ${card.id} --reason "…"`],
  ];
  return `${paint(['bold', 'yellow'], `Approval ${card.id}:`)} ${paint('bold', card.title)}\n${columns(lines, '  ')}`;
}

function cause({ diagnosis }: IncidentView): string[] {
  if (!diagnosis) return [];
  const { verdict, confidence, diagnosed_by, root_cause, category, claims, similar_incidents } = diagnosis;
  const head = `${paint('bold', 'Cause:')} ${category}, ${verdict}, confidence ${confidence.toFixed(2)}, by ${diagnosed_by}`;
  const lines = claims.map(({ text, evidence }) => `  - ${text} [${evidence.join(', ')}]`);
  const references = [
    ...(diagnosis.runbook_reference ? [`  Runbook  ${diagnosis.runbook_reference}`] : []),
    ...similar_incidents.map((similar) => `  Similar  ${similar}`),
  ];
  return [[head, root_cause, ...lines, ...references].join('\n')];
}

function did(incident: IncidentView): string[] {
  const actions = actionsTaken(incident);
  if (actions.length === 0) return [];
  const rows = actions.map(({ at, action, status, details }) => [at.slice(11, 19), action, status, details]);
  return [`${paint('bold', 'Actions (UTC):')}\n${columns(rows, '  ')}`];
}

/** One incident a line, newest first; `status` is what they were asked for by. */
export function incidentList(incidents: readonly IncidentView[], now: Date, status?: string): string {
  if (incidents.length === 0) {
    return status
      ? `No incident is ${status}; "npx agentops incidents" lists all.`
      : 'No incidents. "npx agentops simulate upstream_change" makes one in the sandbox.';
  }
  return columns(
    incidents.map(({ incident_id, severity, status, component, alert_type, opened_at, waiting_for }) => [
      incident_id,
      severity,
      status,
      `${alert_type} on ${component}`,
      relative(opened_at, now),
      waiting_for,
    ]),
  );
}
