import { readdirSync, readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { IncidentRow } from '../../domain/warehouse-rows.ts';
import { duckdbDialect } from '../../warehouse/duckdb/dialect.ts';
import { createStatements } from '../../warehouse/statements.ts';
import type { Database } from '../database.ts';
import type { History } from './history.ts';

const REPORTS = new URL('../../../incidents/', import.meta.url);

const FrontMatter = z.object({
  incident_id: z.string(),
  date: z.coerce.date(),
  alert_types: z.array(z.string()).min(1),
  severity: z.string(),
  duration_minutes: z.number(),
});

/** The text below a heading of a report, up to the next heading, as one line. */
function section(report: string, heading: string): string {
  const [, text = ''] = report.split(`\n## ${heading}\n`);
  return text.split('\n## ')[0]!.trim().replace(/\s+/g, ' ');
}

function rowOf(report: string): IncidentRow {
  const front = FrontMatter.parse(parseYaml(report.split('---\n')[1] ?? ''));
  return {
    incident_id: front.incident_id,
    timestamp: front.date.toISOString(),
    alert_type: front.alert_types[0]!,
    severity: front.severity,
    root_cause: section(report, 'Root cause'),
    resolution: section(report, 'Resolution'),
    duration_minutes: front.duration_minutes,
  };
}

/** INCIDENTS: one row for each report in `incidents/`, and one for the event in the seeded history. */
export async function seedIncidents(database: Database, history: History): Promise<void> {
  const { saveIncident } = createStatements(duckdbDialect);
  const reports = readdirSync(REPORTS).filter((name) => /^inc_.*\.md$/.test(name));
  const rows = reports.map((name) => rowOf(readFileSync(new URL(name, REPORTS), 'utf8')));
  const event = new Date(history.event.from).toISOString();
  rows.push({
    incident_id: `INC-${event.slice(0, 4)}-${event.slice(5, 7)}${event.slice(8, 10)}`,
    timestamp: event,
    alert_type: 'model_drift',
    severity: 'critical',
    root_cause: 'Card vendor release 2026.10.0 changed the scale of V14 and V17',
    resolution: 'The vendor took the release back after 18 hours',
    duration_minutes: (history.event.to - history.event.from) / 60_000,
  });
  await database.write(async (tx) => {
    for (const row of rows) {
      const { sql, params } = saveIncident(row);
      await tx.run(sql, params);
    }
  });
}
