import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { addCommand, type CommonOptions } from './command.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'sandbox', 'seed', 'main.ts');

function seedNumber(text: string): string {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError(`expected a whole number, got "${text}"`);
  return text;
}

/** `seed`: runs a program of its own, as `up` runs the sandbox, since nothing of ours loads what is simulated. */
export function addSeedCommand(program: Command): void {
  addCommand(program, 'seed', 'make the warehouse tables and two weeks of simulated history in them')
    .option('--seed <n>', 'other random numbers; default AGENTOPS_SANDBOX_SEED', seedNumber)
    .option('--reset', 'begin anew: forgets the simulated world and deletes every row of these tables', false)
    .action(async ({ seed, reset, json }: CommonOptions & { seed?: string; reset: boolean }) => {
      const args = [
        ...(seed === undefined ? [] : [`--seed=${seed}`]),
        ...(reset ? ['--reset'] : []),
        ...(json ? ['--json'] : []),
      ];
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, ...args], {
        stdio: 'inherit',
      });
      const [code] = await once(child, 'exit');
      process.exitCode = (code as number | null) ?? 1;
    });
}
