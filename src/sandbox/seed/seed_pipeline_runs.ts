import { addRuns, exportBatch, loaded } from '../export.ts';
import type { ModelDatabase } from '../model-database.ts';
import { SEEDED_FEED } from '../simulate.ts';
import { fullHours, type History, hourlyVolume, isLogged } from './history.ts';

const BEFORE = { schema_version: '7.0', release: '2026.9.4' };
const CHANGED = { schema_version: '7.1', release: '2026.10.0' };

/** Hourly loads over the past, with the source's release that changed its features and the one that took it back. */
export async function seedPipelineRuns(database: ModelDatabase, history: History): Promise<void> {
  const { event } = history;
  const hours = fullHours(history);
  const runs = hours
    .filter((hour) => !isLogged(history, hour))
    .map((at) => {
      const feed = at < event.from ? BEFORE : at < event.to ? CHANGED : SEEDED_FEED;
      const rows = hourlyVolume(history, at);
      const reopened = at === event.from || at === event.to ? 'session reopened by source; ' : '';
      const run = loaded(database.spec, at, rows, feed);
      return { ...run, message: reopened + run.message };
    });
  await database.write((tx) => addRuns(tx, tx.spec, runs));
  for (const hour of hours) if (isLogged(history, hour)) await exportBatch(database, hour);
}
