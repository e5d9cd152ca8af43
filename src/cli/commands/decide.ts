import type { Command } from 'commander';
import type { Receipt } from '../../domain/decision.ts';
import type { IncidentView } from '../../domain/incident.ts';
import { type ApiClient, CliError } from '../api-client.ts';
import { print } from '../output.ts';
import { addCommand, type CommonOptions, context } from './command.ts';

type Options = CommonOptions & { reason?: string };

/** `approve` and `deny`: of one approval, named by its id alone or after its incident. */
export function addDecisionCommands(program: Command): void {
  const usage = (verb: string) => `${verb} <ids...>`;
  const ids = 'APPROVAL, or INCIDENT APPROVAL';
  addCommand(program, usage('approve'), `approve exactly what an approval shows (${ids})`)
    .option('--reason <text>', 'goes on record')
    .action((given: string[], options: Options) => decide('approve', given, options));
  addCommand(program, usage('deny'), `deny an approval (${ids})`)
    .requiredOption('--reason <text>', 'goes on record and to the agent')
    .action((given: string[], options: Options) => decide('deny', given, options));
}

async function decide(decision: 'approve' | 'deny', ids: string[], options: Options): Promise<void> {
  const { api } = context();
  const { incident, approval } = await find(api, ids);
  const path = `/api/incidents/${encodeURIComponent(incident)}/approvals/${encodeURIComponent(approval)}`;
  const receipt = await api.post<Receipt>(path, { decision, reason: options.reason });
  print(options, receipt, ({ outcome, message }) => `${outcome}: ${message}`);
}

async function find(api: ApiClient, ids: string[]): Promise<{ incident: string; approval: string }> {
  const [first, second, more] = ids as [string, ...string[]];
  if (more !== undefined) throw new CliError(`expected APPROVAL or INCIDENT APPROVAL, got ${ids.length} ids`);
  if (second !== undefined) return { incident: first, approval: second };
  const query = new URLSearchParams({ approval: first });
  const [view] = await api.get<IncidentView[]>(`/api/incidents?${query}`);
  if (view) return { incident: view.incident_id, approval: first };
  throw new CliError(
    `no approval ${first} on record; "npx agentops incidents" and "npx agentops show" list what is open`,
  );
}
