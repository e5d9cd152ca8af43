import { type Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../../config/config.ts';
import { parseDuration } from '../../domain/duration.ts';
import { columns, print } from '../output.ts';
import { addCommand, type CommonOptions } from './command.ts';

function duration(text: string): string {
  try {
    parseDuration(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** `up`, `demo` and `doctor`: these start or inspect processes of this machine. Loaded when asked for, they are large. */
export function addLocalCommands(program: Command): void {
  addCommand(program, 'up', 'start everything and keep it running until Ctrl-C').action(
    async (options: CommonOptions) => {
      const { serve } = await import('../up/serve.ts');
      await serve(readConfig(), options);
    },
  );

  addCommand(program, 'demo', 'a simulated fault from alert to resolution')
    .option('--yes', 'approve everything that is asked, unattended', false)
    .option('--watch <duration>', 'how long a deployment is watched', duration, '5m')
    .action(async (options: { yes: boolean; watch: string; json?: boolean }) => {
      const { demo } = await import('../demo.ts');
      await demo(readConfig(), { ...options, json: options.json ?? false });
    });

  addCommand(program, 'doctor', 'check what AgentOps needs on this machine').action(
    async (options: CommonOptions) => {
      const { doctor } = await import('../doctor.ts');
      const findings = await doctor(readConfig());
      print(options, findings, (list) =>
        columns(
          list.map(({ check, ok, detail, fix }) => [
            ok ? 'ok' : 'FIX',
            check,
            fix ? `${detail}; ${fix}` : detail,
          ]),
        ),
      );
      if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
    },
  );
}
