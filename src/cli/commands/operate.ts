import type { Command } from 'commander';
import type { IncidentDetail } from '../../api/routes/incident.ts';
import type { Receipt } from '../../domain/decision.ts';
import { CliError } from '../api-client.ts';
import { print } from '../output.ts';
import { addCommand, type CommonOptions, context } from './command.ts';

type Options = CommonOptions & { reason?: string; step?: string };

const COMMANDS = [
  { verb: 'ack', command: 'acknowledge', text: '"I\'m on it": pauses paging; does not approve anything' },
  { verb: 'continue', command: 'continue', text: 'try the failed step again' },
  { verb: 'skip', command: 'skip', text: 'leave the waiting step out and go on' },
  { verb: 'close', command: 'close', text: 'end the incident by hand' },
] as const;

/** `ack`, `continue`, `skip` and `close`. */
export function addOperateCommands(program: Command): void {
  for (const { verb, command, text } of COMMANDS) {
    const added = addCommand(program, `${verb} <incident>`, text).option('--reason <text>', 'goes on record');
    const stepped = command === 'continue' || command === 'skip';
    if (stepped) added.option('--step <step>', 'the step that is meant; default: the one that waits now');
    added.action(async (incident: string, options: Options) => {
      const { api } = context();
      const path = `/api/incidents/${encodeURIComponent(incident)}`;
      const stepId = stepped ? (options.step ?? (await waitingStep())) : undefined;
      const receipt = await api.post<Receipt>(`${path}/operate`, { command, stepId, reason: options.reason });
      print(options, receipt, ({ outcome, message }) => `${outcome}: ${message}`);

      async function waitingStep(): Promise<string> {
        const { incident: view } = await api.get<IncidentDetail>(path);
        if (view.step_id) return view.step_id;
        throw new CliError(`no step of ${view.incident_id} waits for a person; now: ${view.waiting_for}`);
      }
    });
  }
}
