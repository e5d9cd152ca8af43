import { type Command, InvalidArgumentError } from 'commander';
import { print } from '../output.ts';
import { addCommand, type CommonOptions, context } from './command.ts';

type Parameters = Record<string, unknown>;

/** `scale=1.2`, `features=["V14"]`, `outcome=fails`: JSON where it is JSON, else text. */
function parameter(text: string, previous: Parameters): Parameters {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`expected key=value, got "${text}"`);
  const value = text.slice(at + 1);
  try {
    return { ...previous, [text.slice(0, at)]: JSON.parse(value) };
  } catch {
    return { ...previous, [text.slice(0, at)]: value };
  }
}

/** `simulate`, in the sandbox alone. */
export function addSimulateCommand(program: Command): void {
  addCommand(
    program,
    'simulate <fault>',
    'sandbox only: inject a fault, noise or a message, set how training ends, or reset',
  )
    .option('--param <key=value>', 'a parameter of the fault; may be repeated', parameter, {})
    .action(async (fault: string, options: CommonOptions & { param: Parameters }) => {
      const path = `/api/simulate/${encodeURIComponent(fault)}`;
      const answer = await context().api.post<unknown>(path, options.param);
      print(options, answer, (value) => JSON.stringify(value, null, 2));
    });
}
