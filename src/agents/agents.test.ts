import { expect, test } from '@jest/globals';
import { RISKY_ACTIONS, TOOL_OF } from '../domain/catalogue.ts';
import { AGENTS, equip } from './agents.ts';

test('an agent that is given a tool beyond its list never starts', () => {
  expect(() => equip(AGENTS.monitor, { check_drift: () => 1, deploy_model: () => 2 })).toThrow(
    /Monitor may use .*check_drift.*; it was also given deploy_model/,
  );
  expect(equip(AGENTS.remediator, { deploy_model: () => 2 })).toHaveProperty('deploy_model');
});

test('only the Remediator can change anything', () => {
  const acting = RISKY_ACTIONS.map((action) => TOOL_OF[action]);
  for (const agent of [AGENTS.monitor, AGENTS.investigator]) {
    expect(agent.tools.filter((tool) => (acting as string[]).includes(tool))).toEqual([]);
  }
});
