import type { Command } from 'commander';
import type { InvestigationDetail } from '../../api/routes/investigation.ts';
import type { StreamedEvent } from '../../api/routes/investigation-stream.ts';
import type { AcceptedQuestion } from '../../api/routes/investigations.ts';
import type { ApiClient } from '../api-client.ts';
import { eventsOf } from '../event-stream.ts';
import { footer, NumberedText, progressLine, sourceList, wholeText } from '../investigation-text.ts';
import { print } from '../output.ts';
import { addCommand, type CommonOptions, context } from './command.ts';

type Options = CommonOptions & { component?: string; follow: boolean; show?: string };

/** As shells say of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/** `investigate`: the answer goes to stdout as it comes, what the tools do meanwhile to stderr. */
export function addInvestigateCommand(program: Command): void {
  addCommand(program, 'investigate [question]', 'ask why something is as it is; nothing is changed')
    .option(
      '--component <name>',
      'what it is about; default: the one that the question names, or the only one',
    )
    .option('--show <investigation>', 'an earlier question, with its answer')
    .option('--no-follow', 'do not wait for the answer')
    .action(async (question: string | undefined, options: Options, command: Command) => {
      if ((question === undefined) === (options.show === undefined)) {
        command.error('error: expected a question, such as "why is the fraud model drifting?", or --show');
      }
      const { api } = context();
      const id = options.show ?? (await ask(api, question!, options));
      if (id === null) return;
      const path = `/api/investigations/${encodeURIComponent(id)}`;
      if (options.follow && !(await follow(api, id, path, options))) return;
      const detail = await api.get<InvestigationDetail>(path);
      if (options.follow && !options.json) process.stderr.write(`\n${footer(detail)}\n`);
      else print(options, detail, wholeText);
      const { status } = detail.investigation;
      if (status === 'failed' || status === 'cancelled') process.exitCode = 1;
    });
}

/** Null: that is all, the answer is not waited for. */
async function ask(api: ApiClient, question: string, options: Options): Promise<string | null> {
  const { component } = options;
  const asked = await api.post<AcceptedQuestion>('/api/investigations', { question, component });
  const id = asked.investigation_id;
  if (options.follow) {
    process.stderr.write(`${id}: asking about ${asked.component}\n`);
    return id;
  }
  print(options, asked, () => `${id} is under way: npx agentops investigate --show ${id}`);
  return null;
}

/** Prints what happens until it is done. False: the reader left; it goes on without them. */
async function follow(api: ApiClient, id: string, path: string, { json }: Options): Promise<boolean> {
  const left = new AbortController();
  const leave = () => left.abort();
  process.once('SIGINT', leave);
  const say = (text: string) => void (json || process.stdout.write(text));
  let text = new NumberedText();
  try {
    for await (const event of eventsOf<StreamedEvent>(api, `${path}/stream`, left.signal)) {
      switch (event.type) {
        case 'progress':
          process.stderr.write(`  ${progressLine(event)}\n`);
          break;
        case 'reset':
          say(`${text.end()}\n\n(The answer starts again: ${event.why}.)\n\n`);
          text = new NumberedText();
          break;
        case 'piece':
          say(text.add(event.text));
          break;
        case 'citations':
          say(`${text.end()}\n\n${sourceList(event.citations)}\n`);
          break;
        case 'done':
          if (event.error) process.stderr.write(`agentops: ${event.status}: ${event.error}\n`);
          break;
        default: {
          const never: never = event;
          throw new RangeError(`no such event: ${JSON.stringify(never)}`);
        }
      }
    }
    return true;
  } catch (error) {
    if (!left.signal.aborted) throw error;
    process.stderr.write(`\nIt goes on without you: npx agentops investigate --show ${id}\n`);
    process.exitCode = INTERRUPTED;
    return false;
  } finally {
    process.removeListener('SIGINT', leave);
  }
}
