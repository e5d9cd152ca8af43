import type { Database } from '../src/sandbox/database.ts';
import { addQuality } from '../src/sandbox/export.ts';
import { type History, hourlyVolume, sampledHours } from './history.ts';

/** One row an hour: how many records came in. The last two hours are measured on the log by `exportBatch`. */
export async function seedDataQuality(database: Database, history: History): Promise<void> {
  await database.write(async (tx) => {
    for (const at of sampledHours(history)) {
      await addQuality(tx, { at, rows: hourlyVolume(history, at), nullRate: 0, violations: 0 });
    }
  });
}
