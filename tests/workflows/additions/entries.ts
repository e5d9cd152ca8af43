import { z } from 'zod';
import { ENTRIES } from '../../../src/domain/actions/entries.ts';
import { type ActionEntry, claimsOf, defineAction, reasonOf } from '../../../src/domain/actions/entry.ts';
import { TOOL_ROWS, type ToolRow } from '../../../src/domain/tool-rows.ts';

/** What somebody adds: one entry of the catalogue, and one row of the table of tools. Import it before all else. */

const Params = z.strictObject({ model: z.string(), share: z.number().min(0).max(1), reason: z.string() });

const shedTraffic = defineAction({
  name: 'shed_traffic',
  noun: 'shedding traffic',
  tool: 'shed_traffic',
  risky: true,
  proposable: true,
  needs: ['serving'],
  params: Params,
  editable: ['share'],
  prepare: (facts) => ({ model: facts.status!.model, share: 0.25, reason: reasonOf(facts) }),
  card: ({ model, share }, { diagnosis }) => ({
    title: `turn away ${share * 100} % of the requests to ${model}`,
    why: diagnosis?.root_cause ?? 'asked for by a person',
    risk: 'customers are turned away',
    undo: 'set the share to 0',
    facts: claimsOf(diagnosis),
  }),
  judge: {
    by: 'trigger',
    rows: 'of the window',
    repair: () => 'shedding traffic',
    verified: () => 'verified: the trigger is clear with less traffic',
  },
  report: (result) => `${(result as { shed: number }).shed} requests a minute are turned away`,
});

(ENTRIES as unknown as ActionEntry[]).push(shedTraffic);
(TOOL_ROWS as Record<string, ToolRow>).check_gateway = {
  agents: ['investigator'],
  queue: 'main',
  limits: { startToClose: '1 minute', attempts: 3 },
  evidence: 'reading',
};
