/** Tables of the AGENTOPS database (design §6) for DuckDB. `features` is JSON text; in Snowflake it is a VARIANT. */
export const DUCKDB_SCHEMA = `
CREATE TABLE MODEL_METRICS (
  timestamp TIMESTAMP NOT NULL, model_name VARCHAR NOT NULL,
  f1 DOUBLE, precision DOUBLE, recall DOUBLE, auc DOUBLE, drift_score DOUBLE, latency_p99 DOUBLE
);
CREATE TABLE PREDICTION_LOGS (
  timestamp TIMESTAMP NOT NULL, prediction_id VARCHAR NOT NULL, features VARCHAR NOT NULL,
  prediction INTEGER NOT NULL, confidence DOUBLE NOT NULL, actual_label INTEGER,
  model_name VARCHAR NOT NULL, model_version VARCHAR NOT NULL, latency_ms DOUBLE, labelled_at TIMESTAMP
);
CREATE TABLE DATA_QUALITY (
  timestamp TIMESTAMP NOT NULL, pipeline_name VARCHAR NOT NULL,
  null_rate DOUBLE, schema_violations BIGINT, record_count BIGINT, status VARCHAR
);
CREATE TABLE INCIDENTS (
  incident_id VARCHAR PRIMARY KEY, timestamp TIMESTAMP NOT NULL, alert_type VARCHAR, severity VARCHAR,
  root_cause VARCHAR, resolution VARCHAR, duration_minutes DOUBLE
);
CREATE TABLE PIPELINE_RUNS (
  timestamp TIMESTAMP NOT NULL, pipeline_name VARCHAR NOT NULL, run_id VARCHAR NOT NULL, status VARCHAR,
  record_count BIGINT, schema_version VARCHAR, source VARCHAR, message VARCHAR
);`;
