import { expect, test } from '@jest/globals';
import { CATALOGUE } from '../domain/actions/catalogue.ts';
import { TOOLS } from '../domain/tools.ts';
import { equip } from './agents.ts';

test('an agent that is given a tool beyond its list never starts', () => {
  expect(() => equip('monitor', { check_drift: () => 1, deploy_model: () => 2 })).toThrow(
    /monitor may use .*check_drift.*; it was also given deploy_model/,
  );
  expect(equip('remediator', { deploy_model: () => 2 })).toHaveProperty('deploy_model');
});

test('only the Remediator can change anything', () => {
  for (const { tool } of CATALOGUE) expect(TOOLS[tool]!.agents).toEqual(['remediator']);
});
