import type { Command } from 'commander';
import type { FileDrift } from '../../drift-files/compare.ts';
import { columns, paint, print } from '../output.ts';
import { addCommand, type CommonOptions } from './command.ts';

type Options = CommonOptions & { reference: string; current: string };

/** `drift`: works on files of this machine, without any service. DuckDB is loaded when asked for, it is large. */
export function addDriftCommand(program: Command): void {
  addCommand(program, 'drift', 'how far the columns of two CSV or Parquet files have drifted apart')
    .requiredOption('--reference <file>', 'the rows to compare with, such as training data')
    .requiredOption('--current <file>', 'the rows to judge')
    .action(async ({ reference, current, json }: Options) => {
      const { compareFiles } = await import('../../drift-files/compare.ts');
      const drift = await compareFiles(reference, current);
      print({ json: json ?? false }, drift, driftText);
      if (Object.keys(drift.columns).length === 0) process.exitCode = 1;
    });
}

const HEAD = ['column', 'PSI', 'corrected', 'KS', 'p', 'rows', 'without value'];

/** A table, the most drifted column first, and how to read it. */
export function driftText(drift: FileDrift): string {
  const sorted = Object.entries(drift.columns).sort(([, a], [, b]) => b.psi - a.psi);
  const rows = sorted.map(([name, { psi, psi_corrected, ks, ...n }]) => [
    name,
    psi.toFixed(3),
    psi_corrected.toFixed(3),
    ks === null ? '-' : ks.statistic.toFixed(3),
    ks === null ? '-' : ks.p_value.toPrecision(2),
    `${n.n_reference} → ${n.n_current}`,
    `${n.nulls_reference} → ${n.nulls_current}`,
  ]);
  const names = (found: string[], where: string) =>
    found.length === 0 ? [] : [`Only in the ${where}: ${found.join(', ')}`];
  return [
    ...(rows.length === 0
      ? ['No column of the two files can be compared.']
      : [
          columns([HEAD, ...rows]),
          paint(
            'dim',
            'PSI below 0.1: hardly moved; 0.1 to 0.2: look at it; above 0.2: drifted. Corrected: less what two samples\n' +
              'of one distribution differ by on average. KS: the widest gap between the two distributions, p: how likely\n' +
              'chance alone makes it as wide.',
          ),
        ]),
    ...names(drift.only_in_reference, 'reference'),
    ...names(drift.only_in_current, 'current file'),
    ...Object.entries(drift.not_compared).map(([name, why]) => `Not compared: ${name}: ${why}`),
  ].join('\n');
}
