import { adminTokenFile } from '../../api/admin-token.ts';
import type { Config } from '../../config/config.ts';
import { type Running, up } from './up.ts';

/** `agentops up`: serves until Ctrl-C or SIGTERM, and says where everything is. @throws as `up` */
export async function serve(config: Config, log: (line: string) => void): Promise<void> {
  const running = await up(config, { log });
  log(banner(running));
  await running.stopped;
}

/** What a person needs first. */
function banner({ config, urls }: Running): string {
  const port = config.api.port === 7070 ? '' : `AGENTOPS_PORT=${config.api.port} `;
  const lines = [
    '',
    `AgentOps is up.`,
    `  API           ${urls.api}`,
    `  Temporal Web  ${urls.temporalWeb}`,
    `  Token         ${adminTokenFile(config.dataDir)}  (the agentops command reads it by itself)`,
    `  Logs          ${config.dataDir}/logs`,
    '',
    'Next, in another terminal:',
    ...(urls.sandbox ? [`  ${port}npx agentops simulate upstream_change   makes the model drift`] : []),
    `  ${port}npx agentops incidents                  shows what became of it`,
    '',
    'Ctrl-C stops everything.',
  ];
  return lines.join('\n');
}
