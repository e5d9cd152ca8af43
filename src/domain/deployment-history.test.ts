import { expect, test } from '@jest/globals';
import { previousVersion } from './deployment-history.ts';

const deploy = (from: string | null, to: string) => ({ kind: 'deploy' as const, from, to });
const rollback = (from: string, to: string) => ({ kind: 'rollback' as const, from, to });
const released = [deploy(null, 'v1'), deploy('v1', 'v2'), deploy('v2', 'v3')];

test('the version before is the one that the active one was deployed over', () => {
  expect(previousVersion(released, 'v3')).toBe('v2');
  expect(previousVersion([deploy('v1', 'v2')], 'v2')).toBe('v1');
});

test('after a rollback it is never the version that was rolled back', () => {
  const back = [...released, rollback('v3', 'v2')];
  expect(previousVersion(back, 'v2')).toBe('v1');
  expect(previousVersion([...back, rollback('v2', 'v1')], 'v1')).toBeNull();
  expect(previousVersion([...back, deploy('v2', 'v4')], 'v4')).toBe('v2');
  expect(previousVersion([...released, rollback('v3', 'v1')], 'v1')).toBeNull();
});

test('a log that does not tell names no version', () => {
  expect(previousVersion([], 'v2')).toBeNull();
  expect(previousVersion([deploy(null, 'v1')], 'v1')).toBeNull();
  expect(previousVersion(released, 'v9')).toBeNull();
  expect(previousVersion([rollback('v3', 'v2')], 'v2')).toBeNull();
});
