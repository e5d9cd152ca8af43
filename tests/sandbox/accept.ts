import { expect } from '@jest/globals';
import { measureDrift } from '../../src/domain/stats/drift.ts';
import { f1, openSandbox, referenceOf } from './support.ts';

const limits = { feature_psi: 0.2, false_discovery_rate: 0.05 };

/** Design §10 on one seed: an upstream change drifts and hurts as laid down, and is trained away. Prints what it measured. */
export async function accept(seed: number): Promise<void> {
  const sandbox = await openSandbox({ seed });
  try {
    const { platform, warehouse } = sandbox;
    const info = await platform.record();
    const v2 = info.versions.find(({ version }) => version === 'v2')!;
    expect(v2.training.rows).toBeGreaterThanOrEqual(20_000);
    expect(Object.values(v2.importances).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(v2.baseline.f1).toBeGreaterThan(0.9);
    expect(v2.baseline.f1).toBeLessThan(0.92);

    const { started_at, until, rows } = await sandbox.change();
    expect(rows).toBeGreaterThanOrEqual(75_000);
    const training = { model: info.model, window: v2.training, labelled: true };
    const { histograms, cells } = await referenceOf(warehouse, training, info.features);
    const current = { model: info.model, version: 'v2', window: { from: started_at, to: until } };
    const drift = measureDrift(
      histograms,
      (await warehouse.featureHistograms(current, cells)).value,
      v2.importances,
      limits,
    );
    const psi = (feature: string) => drift.features.find((shift) => shift.feature === feature)!.psi_corrected;
    expect(Math.abs(psi('V14') - 0.8)).toBeLessThan(0.05);
    expect(Math.abs(psi('V17') - 0.6)).toBeLessThan(0.05);
    expect(drift.aggregate).toBeGreaterThanOrEqual(0.4);
    expect(drift.aggregate).toBeLessThanOrEqual(0.5);
    expect(drift.features.filter(({ drifted }) => drifted).map(({ feature }) => feature)).toEqual([
      'V14',
      'V17',
    ]);
    const reported = await platform.drift();
    expect(reported.aggregate).toBeCloseTo(drift.aggregate!, 2);

    const after = (await warehouse.predictionOutcomes({ ...current, labelled: true })).value;
    expect(f1(after)).toBeGreaterThan(0.79);
    expect(f1(after)).toBeLessThan(0.84);

    const { id } = await platform.train(started_at, 'train');
    const { result, message } = await sandbox.finished(id);
    expect(message).toContain('v3');
    expect(result!.training.rows).toBeGreaterThanOrEqual(20_000);
    expect(result!.holdout.positives).toBeGreaterThanOrEqual(1_000);
    expect(result!.holdout.from >= result!.training.to).toBe(true);
    const retrained = f1(result!.candidate_confusion);
    expect(retrained).toBeGreaterThanOrEqual(0.9);
    expect(retrained).toBeGreaterThanOrEqual(v2.baseline.f1 - 0.01);
    expect(f1(result!.champion_confusion)).toBeLessThan(0.84);
    process.stdout.write(
      `seed ${seed}: PSI V14 ${psi('V14').toFixed(3)} V17 ${psi('V17').toFixed(3)} aggregate ${drift.aggregate!.toFixed(3)}, ` +
        `F1 ${v2.baseline.f1.toFixed(3)} → ${f1(after).toFixed(3)} → ${retrained.toFixed(3)}\n`,
    );
  } finally {
    await sandbox.close();
  }
}
