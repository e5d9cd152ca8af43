import type { Command } from 'commander';
import { type Config, readConfig } from '../../config/config.ts';
import { type ApiClient, createApiClient } from '../api-client.ts';

/** Options that every command has. */
export interface CommonOptions {
  json?: boolean;
}

/** What a command works with; read when it runs, so that `--help` needs no valid environment. */
export interface Context {
  config: Config;
  api: ApiClient;
}

export function context(): Context {
  const config = readConfig();
  return { config, api: createApiClient(config) };
}

/** A subcommand with `--json`. */
export function addCommand(program: Command, usage: string, description: string): Command {
  return program.command(usage).description(description).option('--json', 'print JSON for programs');
}
