import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiagnoseInput } from '../../src/reasoning/case-file.ts';
import { policy } from '../investigate/fixtures.ts';

const FILE = join(import.meta.dirname, 'recorded', 'upstream-change.json');

/**
 * What the tools collected of the sandbox (seed 1) an hour after `upstream_change`, cut where it is long: the last of the trend's
 * buckets, pipeline runs and exported rows, two importances a version.
 */
export function recordedCase(): DiagnoseInput {
  return { ...JSON.parse(readFileSync(FILE, 'utf8')), policy, missing: [] };
}
