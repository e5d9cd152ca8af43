import type { Command } from 'commander';
import type { OutboxEntry } from '../../store/port.ts';
import { paint, print } from '../output.ts';
import { addCommand, type CommonOptions, context } from './command.ts';

/** `outbox`. */
export function addOutboxCommand(program: Command): void {
  addCommand(program, 'outbox', 'messages that were recorded and not sent, oldest first')
    .option('--incident <incident>', 'of one incident only')
    .action(async (options: CommonOptions & { incident?: string }) => {
      const query = options.incident ? `?${new URLSearchParams({ incident_id: options.incident })}` : '';
      const entries = await context().api.get<OutboxEntry[]>(`/api/outbox${query}`);
      print(options, entries, (list) => list.map(entryText).join('\n\n') || 'The outbox is empty.');
    });
}

function entryText({ ref, at, connector, operation, target, about, incident_id, title, body }: OutboxEntry) {
  const head = `${paint('bold', ref)}  ${connector} ${operation}${about ? ` of ${about}` : ''} to ${target}`;
  return `${head}  ${incident_id}  ${at}  recorded, not sent\n  ${title}\n  ${body}`;
}
