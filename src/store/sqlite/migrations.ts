import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../../database/sqlite/transaction.ts';

/** Numbered by position, applied once each, never edited after a release: a change of schema is a new entry. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;

  CREATE TABLE incident_ids (
    workflow_id TEXT NOT NULL,
    original_run_id TEXT NOT NULL,
    incident_id TEXT NOT NULL UNIQUE,
    allotted_at TEXT NOT NULL,
    PRIMARY KEY (workflow_id, original_run_id)
  ) STRICT;

  CREATE TABLE incidents (
    incident_id TEXT PRIMARY KEY,
    component TEXT NOT NULL,
    status TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    run_number INTEGER NOT NULL,
    version INTEGER NOT NULL,
    view TEXT NOT NULL
  ) STRICT;
  CREATE INDEX incidents_by_component ON incidents (component, opened_at);
  CREATE INDEX incidents_by_opening ON incidents (opened_at);

  -- In the order in which they were first heard of: the start time of a reset run is that of the run it was made from.
  CREATE TABLE runs (number INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL UNIQUE) STRICT;

  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id TEXT NOT NULL REFERENCES incidents (incident_id),
    run_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    event TEXT NOT NULL,
    UNIQUE (incident_id, run_id, version, position)
  ) STRICT;

  CREATE TABLE approvals (
    approval_id TEXT PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incidents (incident_id),
    step TEXT NOT NULL
  ) STRICT;

  CREATE TABLE alerts (
    alert_id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    accepted_at TEXT NOT NULL,
    alert TEXT NOT NULL,
    UNIQUE (source, source_key)
  ) STRICT;

  CREATE TABLE evidence (
    id TEXT PRIMARY KEY,
    incident_id TEXT NOT NULL,
    at TEXT NOT NULL,
    evidence TEXT NOT NULL
  ) STRICT;
  CREATE INDEX evidence_by_incident ON evidence (incident_id, at);

  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    incident_id TEXT NOT NULL,
    at TEXT NOT NULL,
    message TEXT NOT NULL
  ) STRICT;
  CREATE INDEX outbox_by_incident ON outbox (incident_id, id);

  CREATE TABLE monitor_state (component TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
  CREATE TABLE documents (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE investigations (
    investigation_id TEXT PRIMARY KEY,
    component TEXT NOT NULL,
    finished INTEGER NOT NULL,
    asked_at TEXT NOT NULL,
    -- At the answer: an earlier attempt that is still under way must not write any more.
    attempt INTEGER NOT NULL,
    view TEXT NOT NULL
  ) STRICT;
  CREATE INDEX investigations_by_time ON investigations (asked_at);

  CREATE TABLE investigation_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    investigation_id TEXT NOT NULL REFERENCES investigations (investigation_id),
    -- A recorded transition's events are written once, however often it is retried; pieces of an answer have no key.
    key TEXT,
    event TEXT NOT NULL,
    UNIQUE (investigation_id, key)
  ) STRICT;
  CREATE INDEX investigation_events_by_investigation ON investigation_events (investigation_id, id);
  `,
];

/** Brings the schema up to date. Safe when two processes open the same new file at once: one migrates, the other waits. */
export function migrate(db: DatabaseSync): void {
  transaction(db, () => {
    db.exec(
      'CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT',
    );
    const { done } = db.prepare('SELECT coalesce(max(number), 0) AS done FROM migrations').get() as {
      done: number;
    };
    if (done > MIGRATIONS.length) {
      throw new Error(
        `the store has schema ${done}, this version knows up to ${MIGRATIONS.length}: start the newer version of AgentOps`,
      );
    }
    const note = db.prepare("INSERT INTO migrations VALUES (?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))");
    MIGRATIONS.slice(done).forEach((sql, index) => {
      db.exec(sql);
      note.run(done + index + 1);
    });
  });
}
