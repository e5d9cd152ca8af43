import type { Database, Transaction } from './database.ts';
import { addRuns, feedAt, runId } from './export.ts';
import { ENRICHMENT, MODELS } from './models.ts';
import { type Feed, iso, type Run } from './state.ts';

/** The document `enrichment`: the shared pipeline, whose faults are changes in the worlds of the models it feeds. */
export interface Enrichment {
  feeds: Feed[];
  /** When its source did not answer. */
  outages: { from: number; to: number | null }[];
}

const DOCUMENT = 'enrichment';
const FIELDS = Object.values(ENRICHMENT.features).flat();

export const HEALTHY_ENRICHMENT: Enrichment = {
  feeds: [{ from: 0, schema_version: '3.1', release: '2026.8.2' }],
  outages: [],
};

export function enrichmentOf(tx: Pick<Database, 'document'>): Enrichment {
  return tx.document<Enrichment>(DOCUMENT)!;
}

/** The shared pipeline's run at a time, over so many rows. */
export function enrichmentRun(tx: Pick<Database, 'document'>, at: number, rows: number): Run {
  const { feeds, outages } = enrichmentOf(tx);
  const { schema_version, release } = feedAt({ feeds }, at);
  const message = `filled in ${rows} records, ${FIELDS.length} fields mapped, 0 rejected; source release ${release}`;
  const run: Run = {
    at,
    run_id: runId(ENRICHMENT.pipeline, at),
    status: 'success',
    rows,
    schema_version,
    message,
  };
  const outage = outages.find(({ from, to }) => from < at && (to === null || at <= to));
  if (outage)
    run.message += `; ${ENRICHMENT.source}: no answer since ${iso(outage.from).slice(11, 16)}, left empty: ${FIELDS.join(', ')}`;
  return run;
}

/** Reports the shared pipeline's run of one full hour to PIPELINE_RUNS, once the batches that it fills in are reported. */
export async function exportEnrichment(database: Database, hourEnd: number): Promise<void> {
  const fed = MODELS.filter(({ model }) => model in ENRICHMENT.features).map(({ pipeline }) => pipeline);
  const [batches] = await database.read(
    `SELECT coalesce(sum(record_count), 0)::INTEGER AS n FROM DATA_QUALITY
     WHERE timestamp = ?::TIMESTAMP AND pipeline_name IN (${fed.map(() => '?').join(', ')})`,
    [iso(hourEnd), ...fed],
  );
  const rows = batches!.n as number;
  if (rows === 0) return;
  await database.write((tx) => addRuns(tx, ENRICHMENT, [enrichmentRun(tx, hourEnd, rows)]));
}

/** Stores the shared pipeline's state, and removes what it reported in from ≤ t < to. */
export async function putEnrichment(
  tx: Transaction,
  state: Enrichment,
  { from, to }: { from: number; to: number },
): Promise<void> {
  await tx.put(DOCUMENT, state);
  await tx.change(
    { table: 'PIPELINE_RUNS', from, to },
    'DELETE FROM PIPELINE_RUNS WHERE pipeline_name = ? AND timestamp >= ?::TIMESTAMP AND timestamp < ?::TIMESTAMP',
    [ENRICHMENT.pipeline, iso(from), iso(to)],
  );
}
