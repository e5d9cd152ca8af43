import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { UpError } from './error.ts';

export interface WantedPort {
  /** The environment variable that sets it. */
  variable: string;
  host: string;
  /** 0 picks a free one. */
  port: number;
}

/** Resolves to the listening server, or to null when the port is taken. @throws for an address that is not ours */
async function tryListen(host: string, port: number): Promise<Server | null> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return null;
    throw error;
  }
}

/** True when something can listen there. */
export async function portFree(host: string, port: number): Promise<boolean> {
  const server = await tryListen(host, port);
  server?.close();
  return server !== null;
}

/**
 * Checks that the wanted ports are free and picks those left to us. @returns the variables with their ports.
 * @throws UpError naming the first port that is taken and the variable that moves it
 */
export async function claimPorts(wanted: WantedPort[]): Promise<Record<string, string>> {
  const held: Server[] = [];
  const ports: Record<string, string> = {};
  try {
    for (const { variable, host, port } of wanted) {
      let server: Server | null;
      try {
        server = await tryListen(host, port);
      } catch (error) {
        throw new UpError(`cannot listen on ${host}:${port}: ${(error as Error).message}; see ${variable}`);
      }
      if (!server) {
        throw new UpError(`port ${port} is taken; stop what uses it or set ${variable} to another port`);
      }
      held.push(server);
      ports[variable] = String((server.address() as { port: number }).port);
    }
  } finally {
    await Promise.all(held.map((server) => new Promise((done) => server.close(done))));
  }
  return ports;
}
