import type { Command } from 'commander';
import type { Schedules } from '../../api/routes/schedules.ts';
import type { ScheduleView } from '../../api/schedule-view.ts';
import { formatDuration } from '../../domain/duration.ts';
import { listNames } from '../../domain/text.ts';
import { columns, paint, print } from '../output.ts';
import { addCommand, type CommonOptions, context } from './command.ts';

type Options = CommonOptions & { reason?: string };

/** `schedules`, `schedules pause` and `schedules resume`. */
export function addSchedulesCommands(program: Command): void {
  const schedules = addCommand(program, 'schedules', 'the polls of each component group').action(
    async (options: CommonOptions) => {
      const answer = await context().api.get<Schedules>('/api/schedules');
      print(options, answer, text);
    },
  );
  for (const verb of ['pause', 'resume'] as const) {
    addCommand(schedules, `${verb} [group]`, `${verb} the polls of a component group; default: of all`)
      .option('--reason <text>', 'is kept with the schedule')
      .action(async (group: string | undefined, options: Options, command: Command) => {
        const { api } = context();
        const names = group
          ? [group]
          : (await api.get<Schedules>('/api/schedules')).schedules.map(({ name }) => name);
        const switched: ScheduleView[] = [];
        for (const name of names) {
          const path = `/api/schedules/${encodeURIComponent(name)}/${verb}`;
          switched.push(await api.post<ScheduleView>(path, { reason: options.reason }));
        }
        // With the same option on the parent command, that one has taken the value.
        print(command.optsWithGlobals<Options>(), { schedules: switched }, (value) =>
          value.schedules.map(said).join('\n'),
        );
      });
  }
}

function said({ name, state, note }: ScheduleView): string {
  return `${name}: ${state}${note ? `, ${note}` : ''}`;
}

function text({ schedules, policy_problem }: Schedules): string {
  const rows = schedules.map(({ name, state, every_ms, components, last_success_at, polls, note }) => [
    name,
    state,
    `every ${formatDuration(every_ms)}`,
    last_success_at ? `last ${last_success_at}` : 'no poll yet',
    `${polls.succeeded} succeeded, ${polls.failed} failed, ${polls.skipped} skipped, ${polls.missed} missed`,
    `${listNames(components)}${note ? ` (${note.replaceAll(/\s+/g, ' ')})` : ''}`,
  ]);
  const failing = schedules.flatMap(({ name, failures }) => {
    const causes = Map.groupBy(failures, (failure) => `${listNames(failure.components)}: ${failure.message}`);
    return [...causes].map(
      ([what, of]) => `${name}: ${listNames(of.map(({ tool }) => tool))} cannot measure ${what}`,
    );
  });
  return [
    columns(rows) || 'The policy has no components.',
    ...failing,
    ...(policy_problem ? [`${paint('bold', 'The policy file is not in force')}: ${policy_problem}`] : []),
  ].join('\n');
}
