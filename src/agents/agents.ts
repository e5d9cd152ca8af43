import type { Agent } from '../domain/tool-rows.ts';
import { TOOLS } from '../domain/tools.ts';

/**
 * The activities of an agent, once the table of tools allows each. @throws Error naming the tool that it does not, so that a
 * worker never starts with an agent that can do more than the table says.
 */
export function equip<T extends object>(agent: Agent, activities: T): T {
  const allowed = Object.keys(TOOLS).filter((name) => TOOLS[name]!.agents.includes(agent));
  const extra = Object.keys(activities).filter((name) => !allowed.includes(name));
  if (extra.length > 0) {
    throw new Error(`the ${agent} may use ${allowed.join(', ')}; it was also given ${extra.join(', ')}`);
  }
  return activities;
}
