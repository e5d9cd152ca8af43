import { type Command, Option } from 'commander';
import type { IncidentDetail } from '../../api/routes/incident.ts';
import { type IncidentView, STATUSES } from '../../domain/incident.ts';
import { incidentList, incidentText } from '../incident-text.ts';
import { print } from '../output.ts';
import { addCommand, type CommonOptions, context } from './command.ts';

/** `incidents` and `show`. */
export function addIncidentCommands(program: Command): void {
  addCommand(program, 'incidents', 'list incidents, newest first')
    .addOption(new Option('--status <status>', 'only these').choices(STATUSES))
    .action(async (options: CommonOptions & { status?: string }) => {
      const query = options.status ? `?status=${options.status}` : '';
      const incidents = await context().api.get<IncidentView[]>(`/api/incidents${query}`);
      print(options, incidents, (views) => incidentList(views, new Date(), options.status));
    });

  addCommand(program, 'show <incident>', 'show one incident: what is waited for, and what to type').action(
    async (incident: string, options: CommonOptions) => {
      const path = `/api/incidents/${encodeURIComponent(incident)}`;
      const detail = await context().api.get<IncidentDetail>(path);
      print(options, detail, (value) => incidentText(value, new Date()));
    },
  );
}
