import { expect, test } from '@jest/globals';
import { ACTIONS } from '../../domain/actions/catalogue.ts';
import { ALERT_TYPES } from '../../domain/alert.ts';
import { Category } from '../../domain/category.ts';
import { CAUSES, categoriesOf, resultsOf } from './index.ts';

test('every result has a name of its own that a diagnosis can carry, and a line for the prompt', () => {
  const names = categoriesOf();
  expect(new Set(names).size).toBe(names.length);
  for (const { name, description } of resultsOf()) {
    expect(Category.parse(name)).toBe(name);
    expect(description).toMatch(/^[^\n]+\.$/);
  }
  expect(names.slice(-2)).toEqual(['healthy', 'unknown']);
});

test('every cause has a rule, an alert, a runbook section and a remedy of actions that exist', () => {
  for (const { name, rules, raises, sections, remedy } of CAUSES) {
    expect([name, rules.length > 0, raises.length > 0, sections.length > 0]).toEqual([
      name,
      true,
      true,
      true,
    ]);
    for (const action of remedy.match(/\b[a-z]+_[a-z]+\b/g) ?? []) expect(ACTIONS).toContain(action);
  }
  expect(new Set(CAUSES.flatMap(({ raises }) => raises))).toEqual(new Set(ALERT_TYPES));
});

test('a category is a name in snake case', () => {
  for (const bad of ['', 'Upstream', 'two words', '-x', 'a__b', 'x\ny', 'a'.repeat(65)])
    expect(Category.safeParse(bad).success).toBe(false);
});
