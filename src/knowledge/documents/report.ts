import { stringify } from 'yaml';
import { actionsTaken, pastActionsOf } from '../../domain/actions/outcome.ts';
import { componentOf } from '../../domain/alert.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Evidence } from '../../domain/evidence.ts';
import type { IncidentView, TraceEvent } from '../../domain/incident.ts';
import type { IncidentMeta } from './front-matter.ts';
import { slug } from './slug.ts';

/** A line of text that others wrote: no line breaks, and nothing that would make a heading, a table or markup of it. */
function inline(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[|<>`]/g, (mark) => (mark === '|' ? '/' : ''))
    .replace(/^[#>\-*+\s]+/, '')
    .trim();
}

const bullets = (lines: string[], none: string) =>
  lines.length > 0 ? lines.map((line) => `- ${inline(line)}`) : [`- ${none}`];

/** `V14 and V17 left their …` → at most so many characters, ending at a word. */
function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/\s+\S*$/, '')}…`;
}

function titleOf({ diagnosis, alert_type, component }: IncidentView): string {
  if (!diagnosis || diagnosis.category === 'unknown') return `${alert_type} on ${component}, cause not found`;
  return clip(inline(diagnosis.root_cause), 100).replace(/\.$/, '');
}

/** `INC-2026-1123-2` of a drift → `inc_2026_1123_2_model_drift.md`: one name per incident, whatever its text. */
function fileOf({ incident_id, alert_type }: IncidentView): string {
  const number = incident_id.replace(/^INC-/, '').replaceAll('-', '_');
  return `inc_${number}_${slug(alert_type).replaceAll('-', '_')}.md`;
}

/**
 * The report of a closed incident, in the form of the written ones, so that it is found like them. Pure; the same incident
 * always has the same file name, so putting it again replaces it.
 */
export function incidentReport(
  view: IncidentView,
  events: readonly TraceEvent[],
  evidence: readonly Evidence[],
): { file: string; content: string } {
  const { diagnosis } = view;
  const end = view.closed_at ?? view.updated_at;
  const ms = Math.max(0, Date.parse(end) - Date.parse(view.opened_at));
  const title = titleOf(view);
  const meta: IncidentMeta = {
    title,
    doc_type: 'incident',
    incident_id: view.incident_id,
    date: view.opened_at.slice(0, 10),
    alert_types: [...new Set([view.alert_type, ...view.symptoms.map((symptom) => symptom.alert_type)])],
    category: diagnosis?.category ?? 'unknown',
    component: componentOf(view.component),
    severity: view.severity,
    duration_minutes: Math.round(ms / 60_000),
  };
  const used = evidence.filter((item) => diagnosis?.evidence.includes(item.id));
  const denials = pastActionsOf(view).filter(({ outcome }) => outcome === 'denied');
  const f1 =
    view.f1_after === null ? '' : `; F1 ${view.f1_before?.toFixed(3) ?? '?'} → ${view.f1_after.toFixed(3)}`;
  const lines = [
    '---',
    stringify(meta, { lineWidth: 0, flowCollectionPadding: false }).trimEnd(),
    '---',
    `# ${view.incident_id}: ${title}`,
    '',
    `${inline(view.summary)} Ended as ${view.status} after ${formatDuration(ms)}${f1}. Written by AgentOps when it closed.`,
    '',
    '## Timeline',
    '',
    '| UTC | who | what |',
    '|---|---|---|',
    ...events.map(
      ({ at, actor, by, what, result }) =>
        `| ${at.slice(11, 19)} | ${by ? `${inline(by)} (${actor})` : actor} | ${inline(what)}: ${clip(inline(result), 160)} |`,
    ),
    '',
    '## What was measured',
    '',
    ...bullets(
      (used.length > 0 ? used : evidence).map((item) => `${item.summary} (${item.tool})`),
      'nothing could be measured',
    ),
    '',
    '## Root cause',
    '',
    diagnosis
      ? `${inline(diagnosis.root_cause)} Verdict ${diagnosis.verdict}, category ${diagnosis.category}, ` +
        `confidence ${diagnosis.confidence.toFixed(2)}, by ${inline(diagnosis.diagnosed_by)}.`
      : 'There was no diagnosis.',
    '',
    '## Looked for and not found',
    '',
    ...bullets(diagnosis?.not_found ?? [], 'every check found something'),
    '',
    '## Resolution',
    '',
    ...bullets(
      actionsTaken(view).map(({ action, status, details }) => `${action}, ${status}: ${details}`),
      'no action was taken',
    ),
    '',
    '## Lessons',
    '',
    ...bullets(
      denials.map(({ action, details }) => `${action} was ${details}`),
      'none written down yet',
    ),
    '',
  ];
  return { file: fileOf(view), content: lines.join('\n') };
}
