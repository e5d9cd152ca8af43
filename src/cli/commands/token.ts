import { type Command, Option } from 'commander';
import { SCOPES, type TokenInfo } from '../../store/port.ts';
import { columns, print } from '../output.ts';
import { addCommand, type CommonOptions, context } from './command.ts';

/** `token add`, `token list` and `token remove`. */
export function addTokenCommands(program: Command): void {
  const token = program.command('token').description('who may use the API, and for what');

  addCommand(token, 'add <name>', 'make a token; its secret is shown this once')
    .addOption(new Option('--scope <scope...>', 'what it may do').choices(SCOPES).makeOptionMandatory())
    .action(async (name: string, options: CommonOptions & { scope: string[] }) => {
      const made = await context().api.post<{ secret: string }>('/api/tokens', {
        name,
        scopes: options.scope,
      });
      print(options, made, ({ secret }) => secret);
    });

  addCommand(token, 'list', 'tokens by name').action(async (options: CommonOptions) => {
    const tokens = await context().api.get<TokenInfo[]>('/api/tokens');
    print(options, tokens, (list) =>
      columns(list.map(({ name, created_at, scopes }) => [name, created_at, scopes.join(' ')])),
    );
  });

  addCommand(token, 'remove <name>', 'a removed token stops working at once').action(
    async (name: string, options: CommonOptions) => {
      await context().api.delete(`/api/tokens/${encodeURIComponent(name)}`);
      print(options, { removed: name }, () => `removed ${name}`);
    },
  );
}
