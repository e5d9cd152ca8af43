import type { Database } from '../src/sandbox/database.ts';
import { addRun, exportBatch, HOUR_MS, loadedMessage } from '../src/sandbox/export.ts';
import { SEEDED_FEED } from '../src/sandbox/simulate.ts';
import { type History, hourlyVolume, sampledHours } from './history.ts';

const BEFORE = { schema_version: '7.0', release: '2026.9.4' };
const CHANGED = { schema_version: '7.1', release: '2026.10.0' };

/** Hourly loads over the past, with the source's release that changed its features and the one that took it back. */
export async function seedPipelineRuns(database: Database, history: History): Promise<void> {
  const { event } = history;
  await database.write(async (tx) => {
    for (const at of sampledHours(history)) {
      const feed = at < event.from ? BEFORE : at < event.to ? CHANGED : SEEDED_FEED;
      const rows = hourlyVolume(history, at);
      const reopened = at === event.from || at === event.to;
      await addRun(tx, {
        at,
        rows,
        schemaVersion: feed.schema_version,
        message: `${reopened ? 'session reopened by source; ' : ''}${loadedMessage(rows, feed.release)}`,
      });
    }
  });
  // Of the last two hours the predictions are all there: loads and their quality are measured.
  for (let at = history.fullFrom + HOUR_MS; at <= history.now; at += HOUR_MS) await exportBatch(database, at);
}
