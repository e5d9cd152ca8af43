import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

export const PASSWORD = 'hunter2%3A';

/** A real Postgres with pgvector, in WebAssembly, that speaks its protocol on loopback. It takes any password. */
export async function startPostgres(port = 0) {
  const db = await PGlite.create({ extensions: { vector } });
  const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port, maxConnections: 32 });
  await server.start();
  return {
    url: `postgres://postgres:${PASSWORD}@${server.getServerConn()}/postgres`,
    /** As if nothing had ever been ingested. */
    async empty() {
      await db.exec('drop schema if exists agentops_knowledge cascade');
    },
    exec: (sql: string) => db.exec(sql),
    async stop() {
      await server.stop();
      await db.close();
    },
  };
}
export type TestPostgres = Awaited<ReturnType<typeof startPostgres>>;
