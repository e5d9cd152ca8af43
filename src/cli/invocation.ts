import { isAbsolute, relative } from 'node:path';
import { type Config, readConfig } from '../config/config.ts';

/** What a person types for one argument: quoted only where the shell would take it apart. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A path as typed from the working directory; absolute where that is elsewhere. */
export function typedPath(path: string): string {
  const short = relative('.', path);
  return shellWord(short === '' ? '.' : short.startsWith('..') || isAbsolute(short) ? path : short);
}

/**
 * The agentops command as typed in another terminal, in the same directory, for this installation: with the variables in
 * front that it needs because something is not at its default. `config` has the real ports.
 */
export function typedCommand({ dataDir, api }: Pick<Config, 'dataDir' | 'api'>): string {
  const usual = readConfig({});
  const local = ['127.0.0.1', '0.0.0.0', 'localhost', '::'].includes(api.bind);
  const variables = [
    ...(dataDir === usual.dataDir ? [] : [`AGENTOPS_DIR=${typedPath(dataDir)}`]),
    ...(local && api.port !== usual.api.port ? [`AGENTOPS_URL=http://127.0.0.1:${api.port}`] : []),
    // The local admin token goes to loopback and to the address that the API is configured for, nowhere else.
    ...(local ? [] : [`AGENTOPS_BIND=${api.bind} AGENTOPS_PORT=${api.port}`]),
  ];
  return [...variables, 'npx agentops'].join(' ');
}
