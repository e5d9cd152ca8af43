import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '../../tests/support/until.ts';
import { Policy } from '../domain/policy/policy.ts';
import { ConfigError, parsePolicy } from './config.ts';
import { openPolicy, type PolicyFile } from './policy-file.ts';

const text = (psi: number) =>
  `components: {classifier: {model: classifier, thresholds: {model_drift: {aggregate_psi: ${psi}}}}}`;
const limit = (policy: Policy) => policy.components.classifier!.thresholds.model_drift?.aggregate_psi;

let dir: string;
let policyFile: string;
let lines: string[];
let opened: PolicyFile | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'policy-'));
  policyFile = join(dir, 'policy.yaml');
  writeFileSync(policyFile, text(0.3));
  lines = [];
});
afterEach(() => {
  opened?.close();
  rmSync(dir, { recursive: true });
});

function open(): PolicyFile {
  const write = (_: unknown, line?: string) => void lines.push(line ?? '');
  opened = openPolicy({ policyFile, watchMs: undefined }, { info: write, error: write } as never);
  return opened;
}

test('a changed file is in force within moments, and listeners are told once', async () => {
  const file = open();
  const told: (number | undefined)[] = [];
  file.onChange(() => {
    throw new Error('a listener that fails');
  });
  file.onChange((policy) => told.push(limit(policy)));
  writeFileSync(policyFile, text(0.25));
  await until(() => limit(file.current()) === 0.25);
  // As editors and mounted configurations do it.
  writeFileSync(join(dir, 'next'), text(0.2));
  renameSync(join(dir, 'next'), policyFile);
  await until(() => limit(file.current()) === 0.2);
  expect(told).toEqual([0.25, 0.2]);
});

test('with a broken or missing file the last good policy stays, the problem is named once, and mending it is noticed', async () => {
  const file = open();
  writeFileSync(policyFile, text(-1));
  await until(() => file.problem() !== null);
  expect(file.problem()).toContain(
    'components.classifier.thresholds.model_drift.aggregate_psi: expected number to be >0; got -1',
  );
  expect(limit(file.current())).toBe(0.3);
  writeFileSync(policyFile, `${text(-1)} # still`);
  rmSync(policyFile);
  await until(() => file.problem()?.includes('no such policy file') === true);
  writeFileSync(policyFile, text(0.3));
  await until(() => file.problem() === null);
  expect(lines.filter((line) => line.includes('last good')).length).toBe(2);
  expect(lines.at(-1)).toBe('policy file is good again');
});

test('a file that is broken at the start is refused', () => {
  writeFileSync(policyFile, '{');
  expect(open).toThrow(ConfigError);
});

test('the policy that ships spells out the defaults', () => {
  const file = join(import.meta.dirname, '../../policy.yaml');
  const { components, ...rules } = parsePolicy(readFileSync(file, 'utf8'), file);
  expect(components).toHaveProperty('classifier');
  const { components: _none, ...defaults } = Policy.parse({ components: {} });
  expect(rules).toEqual(defaults);
});

test('problems say where, what was expected and what came, in one line', () => {
  const problem = (yaml: string) => {
    try {
      return parsePolicy(yaml, 'policy.yaml');
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(problem('components: 3')).toBe('policy.yaml: components: expected record; got 3');
  expect(problem('')).toBe('policy.yaml: the file: expected object; got null');
  expect(problem('components: {}\npoll: {for: often, every: soon}')).toBe(
    'policy.yaml: poll.every: expected a duration such as 90s, 5m or 24h, got "soon"; poll.for: expected number; got "often"',
  );
});
