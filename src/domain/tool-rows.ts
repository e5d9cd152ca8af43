import { ACT, KEEP, READ, type ToolLimits } from './tool-limits.ts';

/** Who may use a tool. `record` is our own bookkeeping. */
export type Agent = 'monitor' | 'investigator' | 'remediator' | 'record';

/** One activity: who may use it, on which queue it runs, within which limits. */
export interface ToolRow {
  agents: readonly Agent[];
  /** `remediation` has workers of its own, so that model calls and searches cannot starve what acts. */
  queue: 'main' | 'remediation';
  limits: ToolLimits;
  /**
   * How it brings evidence, for tools that reasoning may ask for: a `search` takes a query, a `measurement` is judged by
   * triggers, a `reading` is neither. Searches and readings are collected for every investigation.
   */
  evidence?: 'search' | 'reading' | 'measurement';
  /** Of a search: which documents. */
  documents?: 'runbooks' | 'incidents';
}

const measurement = {
  agents: ['monitor', 'investigator'],
  queue: 'main',
  limits: READ,
  evidence: 'measurement',
} as const satisfies ToolRow;
const reading = {
  agents: ['investigator'],
  queue: 'main',
  limits: READ,
  evidence: 'reading',
} as const satisfies ToolRow;
const search = {
  agents: ['investigator'],
  queue: 'main',
  limits: READ,
  evidence: 'search',
} as const satisfies ToolRow;
const record = { agents: ['record'], queue: 'main', limits: KEEP } as const satisfies ToolRow;
const answer = { agents: ['investigator'], queue: 'main', limits: KEEP } as const satisfies ToolRow;
export const acting = {
  agents: ['remediator'],
  queue: 'remediation',
  limits: ACT,
} as const satisfies ToolRow;

/** All activities but those of the catalogue's actions, under the names that Temporal shows. A new tool is a row here and its activity. */
export const TOOL_ROWS = {
  check_drift: measurement,
  query_snowflake: measurement,
  check_data_quality: measurement,
  check_model_health: measurement,
  raise_alerts: { agents: ['monitor'], queue: 'main', limits: READ },
  search_runbooks: { ...search, documents: 'runbooks' },
  search_incidents: { ...search, documents: 'incidents' },
  query_snowflake_history: reading,
  compare_model_versions: reading,
  diagnose: { agents: ['investigator'], queue: 'main', limits: { startToClose: '5 minutes', attempts: 3 } },
  answer_question: { ...answer, limits: { startToClose: '3 minutes', attempts: 3 } },
  open_investigation: answer,
  record_investigation: answer,
  open_incident: record,
  record_incident: record,
  write_report: { ...record, limits: { startToClose: '1 minute', attempts: 5 } },
  component_status: { ...acting, limits: READ },
  follow_training: { ...acting, limits: { startToClose: '2 hours', attempts: 20 } },
  stop_training: acting,
  page_on_call: acting,
  request_human_approval: acting,
} as const satisfies Record<string, ToolRow>;
