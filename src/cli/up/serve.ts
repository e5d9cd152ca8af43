import { adminTokenFile } from '../../api/admin-token.ts';
import type { Config } from '../../config/config.ts';
import { typedCommand, typedPath } from '../invocation.ts';
import { columns, print } from '../output.ts';
import { type Running, up } from './up.ts';

/** `agentops up`: serves until Ctrl-C or SIGTERM, and says where everything is. Progress goes to stderr. @throws as `up` */
export async function serve(config: Config, options: { json?: boolean }): Promise<void> {
  const running = await up(config);
  print(options, running.urls, () => banner(running));
  await running.stopped;
}

/** What a person needs first; its commands run as they are. */
export function banner({ config, urls }: Pick<Running, 'config' | 'urls'>): string {
  const command = typedCommand(config);
  const places = [
    ['API', urls.api],
    ['Temporal Web', urls.temporalWeb],
    ['Token', `${typedPath(adminTokenFile(config.dataDir))}  (the agentops command reads it by itself)`],
    ['Logs', typedPath(`${config.dataDir}/logs`)],
  ];
  const next = [
    ...(urls.sandbox ? [[`${command} simulate upstream_change`, '# makes the model drift']] : []),
    [`${command} incidents`, '# shows what became of it'],
  ];
  return [
    '',
    'AgentOps is up.',
    columns(places, '  '),
    '',
    'Next, in another terminal:',
    columns(next, '  '),
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}
