import { readFileSync } from 'node:fs';
import { adminTokenFile } from '../api/admin-token.ts';
import type { Problem } from '../api/problem.ts';
import type { Config } from '../config/config.ts';

/** The command failed; the message is one line that says what to do. Exit code 1. */
export class CliError extends Error {
  override name = 'CliError';
}

export type ApiClient = ReturnType<typeof createApiClient>;

/** Talks to the REST API as `AGENTOPS_TOKEN` says, or with the admin token of the local data directory. */
export function createApiClient(config: Pick<Config, 'client' | 'api' | 'dataDir'>) {
  const { url } = config.client;

  /** @throws CliError when nothing answers, with what to start; it alone has a `cause` */
  async function reached<T>(talking: Promise<T>): Promise<T> {
    try {
      return await talking;
    } catch (error) {
      throw new CliError(`nothing answers at ${url}: run "npm start" first, or set AGENTOPS_URL`, {
        cause: error,
      });
    }
  }

  /** A successful answer. @throws CliError with the problem's sentence, or with what is missing */
  async function send(method: string, path: string, init: RequestInit): Promise<Response> {
    const token = tokenOf(config);
    if (token === null) {
      // Who has nothing running is told that first; a token comes with it.
      await reached(fetch(new URL('/healthz', url)));
      throw new CliError(
        `no token: expected ${adminTokenFile(config.dataDir)}; set AGENTOPS_DIR to the directory of what runs at ${url}, or set AGENTOPS_TOKEN`,
      );
    }
    const headers = { ...init.headers, authorization: `Bearer ${token}` };
    const response = await reached(fetch(new URL(path, url), { ...init, method, headers }));
    if (response.ok) return response;
    const problem = parsed(await reached(response.text())) as Partial<Problem> | null;
    throw new CliError(problem?.detail ?? `${method} ${path} was answered ${response.status}`);
  }

  async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init =
      body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await send(method, path, init);
    return parsed(await reached(response.text())) as T;
  }

  return {
    get: <T>(path: string) => request<T>('GET', path),
    post: <T>(path: string, body: unknown) => request<T>('POST', path, body),
    delete: <T>(path: string) => request<T>('DELETE', path),
    /** Server-sent events after the one of this id, from the first where it is empty. */
    open: (path: string, lastEventId: string, signal: AbortSignal) =>
      send('GET', path, {
        headers: { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) },
        signal,
      }),
  };
}

function parsed(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** Null: none is given, and the data directory has none. @throws CliError where the local one must not be sent */
function tokenOf({ client, api, dataDir }: Pick<Config, 'client' | 'api' | 'dataDir'>): string | null {
  if (client.token) return client.token;
  const { hostname } = new URL(client.url);
  const local = client.url === api.publicUrl || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  if (!local) throw new CliError(`set AGENTOPS_TOKEN: the local admin token is not sent to ${hostname}`);
  try {
    return readFileSync(adminTokenFile(dataDir), 'utf8').trim();
  } catch {
    return null;
  }
}
