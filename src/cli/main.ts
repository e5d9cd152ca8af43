#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { version } from '../config/version.ts';
import { addDecisionCommands } from './commands/decide.ts';
import { addDriftCommand } from './commands/drift.ts';
import { addIncidentCommands } from './commands/incidents.ts';
import { addIngestCommand } from './commands/ingest.ts';
import { addInvestigateCommand } from './commands/investigate.ts';
import { addLocalCommands } from './commands/local.ts';
import { addOperateCommands } from './commands/operate.ts';
import { addOutboxCommand } from './commands/outbox.ts';
import { addSchedulesCommands } from './commands/schedules.ts';
import { addSearchCommand } from './commands/search.ts';
import { addSeedCommand } from './commands/seed.ts';
import { addSimulateCommand } from './commands/simulate.ts';
import { addTokenCommands } from './commands/token.ts';

const program = new Command('agentops')
  .description('Takes an ML or data incident from alert to resolution.')
  .version(version)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'agentops: ')) });
addLocalCommands(program);
addIncidentCommands(program);
addInvestigateCommand(program);
addDecisionCommands(program);
addOperateCommands(program);
addSeedCommand(program);
addSimulateCommand(program);
addSchedulesCommands(program);
addOutboxCommand(program);
addSearchCommand(program);
addIngestCommand(program);
addDriftCommand(program);
addTokenCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version are no mistakes; anything else is wrong usage.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    console.error(`agentops: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
