import { addQuality } from '../export.ts';
import type { ModelDatabase } from '../model-database.ts';
import { fullHours, type History, hourlyVolume, isLogged } from './history.ts';

/** One row an hour: how many records came in. Hours that are fully logged are measured by `exportBatch`. */
export async function seedDataQuality(database: ModelDatabase, history: History): Promise<void> {
  const hours = fullHours(history).filter((hour) => !isLogged(history, hour));
  await database.write((tx) =>
    addQuality(
      tx,
      hours.map((at) => ({ at, rows: hourlyVolume(history, at), nullRate: 0, violations: 0 })),
    ),
  );
}
