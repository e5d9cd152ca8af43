import type { CaseFile } from '../case-file.ts';
import { previousVersion } from '../signs/model.ts';
import type { Step } from './step.ts';

/** A rollback to the version before the active one. Without such a version: no step, and a remark. */
export function rollback(c: CaseFile, remarks: string[], more: Omit<Step, 'action'> = {}): Step[] {
  if (previousVersion(c)) return [{ action: 'rollback_model', ...more }];
  remarks.push('a rollback is not recommended: the platform shows no earlier version to go back to');
  return [];
}
