import { adminTokenFile } from '../../api/admin-token.ts';
import { type Config, readConfig } from '../../config/config.ts';
import { type Running, up } from './up.ts';

/** `agentops up`: serves until Ctrl-C or SIGTERM, and says where everything is. @throws as `up` */
export async function serve(config: Config, log: (line: string) => void): Promise<void> {
  const running = await up(config, { log });
  log(banner(running));
  await running.stopped;
}

/** What a person needs first. */
function banner({ config, urls }: Running): string {
  const usual = readConfig({});
  const prefix = [
    config.dataDir === usual.dataDir ? '' : `AGENTOPS_DIR=${config.dataDir} `,
    config.api.port === usual.api.port ? '' : `AGENTOPS_PORT=${config.api.port} `,
  ].join('');
  const lines = [
    '',
    `AgentOps is up.`,
    `  API           ${urls.api}`,
    `  Temporal Web  ${urls.temporalWeb}`,
    `  Token         ${adminTokenFile(config.dataDir)}  (the agentops command reads it by itself)`,
    `  Logs          ${config.dataDir}/logs`,
    '',
    'Next, in another terminal:',
    ...(urls.sandbox ? [`  ${prefix}npx agentops simulate upstream_change   # makes the model drift`] : []),
    `  ${prefix}npx agentops incidents                  # shows what became of it`,
    '',
    'Ctrl-C stops everything.',
  ];
  return lines.join('\n');
}
