import type { IncidentRow } from '../domain/warehouse-rows.ts';

export type Engine = 'DuckDB' | 'Snowflake';

/** What a column holds; a `flag` is 0 or 1, `json` is a VARIANT in Snowflake and its text in DuckDB. */
export type Kind = 'time' | 'text' | 'whole' | 'flag' | 'real' | 'json';

const TYPES: Record<Engine, Record<Kind, string>> = {
  DuckDB: {
    time: 'TIMESTAMP',
    text: 'VARCHAR',
    whole: 'BIGINT',
    flag: 'INTEGER',
    real: 'DOUBLE',
    json: 'VARCHAR',
  },
  Snowflake: {
    time: 'TIMESTAMP_NTZ',
    text: 'VARCHAR',
    whole: 'INTEGER',
    flag: 'INTEGER',
    real: 'DOUBLE',
    json: 'VARIANT',
  },
};

/** `!` marks what is never null, `#` the primary key. */
type Columns = Record<string, Kind | `${Kind}!` | `${Kind}#`>;

/** The AGENTOPS database (design §6) for both engines: the one list of its tables and columns. Times are UTC. */
const TABLES = {
  MODEL_METRICS: {
    timestamp: 'time!',
    model_name: 'text!',
    f1: 'real',
    precision: 'real',
    recall: 'real',
    auc: 'real',
    drift_score: 'real',
    latency_p99: 'real',
  },
  PREDICTION_LOGS: {
    timestamp: 'time!',
    prediction_id: 'text!',
    features: 'json!',
    prediction: 'flag!',
    confidence: 'real!',
    actual_label: 'flag',
    model_name: 'text!',
    model_version: 'text!',
    latency_ms: 'real',
    labelled_at: 'time',
  },
  DATA_QUALITY: {
    timestamp: 'time!',
    pipeline_name: 'text!',
    null_rate: 'real',
    schema_violations: 'whole',
    record_count: 'whole',
    status: 'text',
  },
  INCIDENTS: {
    incident_id: 'text#',
    timestamp: 'time!',
    alert_type: 'text',
    severity: 'text',
    root_cause: 'text',
    resolution: 'text',
    duration_minutes: 'real',
  },
  PIPELINE_RUNS: {
    timestamp: 'time!',
    pipeline_name: 'text!',
    run_id: 'text!',
    status: 'text',
    record_count: 'whole',
    schema_version: 'text',
    source: 'text',
    message: 'text',
  },
} as const satisfies Record<string, Columns>;

/** Snowflake alone: what a pipeline's task is asked to load again, one row a request, and what came of it. */
const RERUNS = {
  PIPELINE_RERUNS: {
    rerun_key: 'text#',
    pipeline_name: 'text!',
    task_name: 'text!',
    window_from: 'time!',
    window_to: 'time!',
    requested_by: 'text!',
    reason: 'text',
    requested_at: 'time!',
    status: 'text!',
    run_id: 'text',
    record_count: 'whole',
    finished_at: 'time',
    message: 'text',
  },
} as const satisfies Record<string, Columns>;

export type TableName = keyof typeof TABLES;

/** The tables that both engines have. */
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** All tables of an engine. */
export function tablesOf(engine: Engine): Record<string, Columns> {
  return engine === 'Snowflake' ? { ...TABLES, ...RERUNS } : TABLES;
}

/** A table's columns, in order, and what each holds. */
export function columnsOf(table: TableName): { name: string; kind: Kind }[] {
  const columns: Columns = TABLES[table];
  return Object.entries(columns).map(([name, kind]) => ({ name, kind: kind.replace(/[!#]$/, '') as Kind }));
}

/** One statement a table, harmless where the table exists. */
export function createTables(engine: Engine): string[] {
  return Object.entries(tablesOf(engine)).map(([table, columns]) => {
    const lines = Object.entries(columns).map(([name, kind]) => {
      const rule = kind.endsWith('#') ? ' PRIMARY KEY' : kind.endsWith('!') ? ' NOT NULL' : '';
      return `  ${name} ${TYPES[engine][kind.replace(/[!#]$/, '') as Kind]}${rule}`;
    });
    return `CREATE TABLE IF NOT EXISTS ${table} (\n${lines.join(',\n')}\n)`;
  });
}

/** The columns of INCIDENTS; the first is its key. */
export const INCIDENT_COLUMNS = [
  'incident_id',
  'timestamp',
  'alert_type',
  'severity',
  'root_cause',
  'resolution',
  'duration_minutes',
] as const satisfies (keyof IncidentRow)[];
