import { setImmediate as breathe } from 'node:timers/promises';
import type { DuckDBDoubleVector } from '@duckdb/node-api';
import type { RowRange } from '../domain/platform.ts';
import type { Dataset } from './classifier.ts';
import type { ModelDatabase } from './model-database.ts';

/** Labelled predictions of a time (from ≤ t < to, labelled by `labelledBy`), read from the warehouse. */
export async function loadDataset(
  database: ModelDatabase,
  range: { from: string; to: string },
  labelledBy: string,
): Promise<{ data: Dataset; range: RowRange }> {
  const { model, features } = database.spec;
  const struct = JSON.stringify(Object.fromEntries(features.map((feature) => [feature, 'DOUBLE'])));
  const connection = await database.connect();
  try {
    const where = `FROM PREDICTION_LOGS WHERE model_name = '${model}' AND timestamp >= ?::TIMESTAMP AND timestamp < ?::TIMESTAMP
       AND actual_label IS NOT NULL AND labelled_at <= ?::TIMESTAMP`;
    const params = [range.from, range.to, labelledBy];
    const [count] = await database.read(`SELECT count(*) AS n ${where}`, params);
    const width = features.length;
    const rows = count!.n as number;
    const data: Dataset = {
      rows,
      width,
      values: new Float64Array(rows * width),
      labels: new Uint8Array(rows),
    };
    const columns = features.map((feature) => `coalesce(f."${feature}", 0)`).join(', ');
    const result = await connection.stream(
      `SELECT actual_label::DOUBLE, ${columns}
       FROM (SELECT timestamp, prediction_id, actual_label, json_transform(features, '${struct}') AS f ${where})
       ORDER BY timestamp, prediction_id`,
      params,
    );
    let at = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0 || at >= rows) break;
      const size = Math.min(chunk.rowCount, rows - at);
      const labels = chunk.getColumnVector(0) as DuckDBDoubleVector;
      for (let i = 0; i < size; i++) data.labels[at + i] = labels.getItem(i)!;
      for (let j = 0; j < width; j++) {
        const vector = chunk.getColumnVector(j + 1) as DuckDBDoubleVector;
        for (let i = 0; i < size; i++) data.values[(at + i) * width + j] = vector.getItem(i)!;
      }
      at += size;
      await breathe();
    }
    const positives = data.labels.reduce((sum, label) => sum + label, 0);
    return { data, range: { ...range, rows, positives } };
  } finally {
    connection.closeSync();
  }
}
