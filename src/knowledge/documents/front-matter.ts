import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { AlertType, ComponentName, Severity } from '../../domain/alert.ts';
import { Category } from '../../domain/category.ts';

const title = z.string().min(5).max(120);

/** Front-matter of `runbooks/runbook_*.md`. An empty list means the runbook serves every alert type or component. */
export const RunbookMeta = z.strictObject({
  title,
  doc_type: z.literal('runbook'),
  alert_types: z.array(AlertType),
  components: z.array(ComponentName),
  updated: z.iso.date(),
});
export type RunbookMeta = z.infer<typeof RunbookMeta>;

/** Front-matter of `incidents/inc_*.md`, those written by people and those written when an incident closes. */
export const IncidentMeta = z.strictObject({
  title,
  doc_type: z.literal('incident'),
  incident_id: z.string().regex(/^INC-\d{4}-\d{4}(-\d+)?$/),
  date: z.iso.date(),
  alert_types: z.array(AlertType).min(1),
  category: Category,
  component: ComponentName,
  severity: Severity,
  duration_minutes: z.number().int().nonnegative(),
});
export type IncidentMeta = z.infer<typeof IncidentMeta>;

export const DocumentMeta = z.discriminatedUnion('doc_type', [RunbookMeta, IncidentMeta]);
export type DocumentMeta = z.infer<typeof DocumentMeta>;

/** Splits `---` front-matter from the body. `raw` is null where there is none or it is not YAML. */
export function splitFrontMatter(content: string): { raw: unknown; body: string } {
  const text = content.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const match = /^---\n([\s\S]*?)\n---(?:\n|$)/.exec(text);
  if (!match) return { raw: null, body: text };
  const body = text.slice(match[0].length);
  try {
    return { raw: parseYaml(match[1]!), body };
  } catch {
    return { raw: null, body };
  }
}
