import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A statement as the driver sends it. */
interface Sent {
  sqlText?: string;
  bindings?: Record<string, { value: string | null }>;
}

type Answer = { data: { rowset?: (string | null)[][]; returned?: number; total?: number } };
const RECORDED = JSON.parse(
  readFileSync(new URL('../fixtures/snowflake/execute-task.json', import.meta.url), 'utf8'),
) as Record<'executed' | 'refused' | 'history', Answer>;

export interface TaskServer {
  url: string;
  /** `EXECUTE TASK` statements so far. */
  executed: string[];
  /** What the task does when it is executed, or `refused`, or `lost`: it runs, and the connection breaks before the answer. */
  onExecute: (() => Promise<'executed' | 'refused' | 'lost'>) | null;
  /** Rows of TASK_HISTORY: state, error message, query id. */
  history: [string, string | null, string | null][];
  /** Statements that asked for it so far. */
  asked: Sent[];
  close(): Promise<void>;
}

/**
 * Snowflake's REST protocol with tasks: what fakesnow lacks, `EXECUTE TASK` and TASK_HISTORY, is answered with exchanges as
 * Snowflake documents them; all else is passed on to the server at `behind`.
 */
export async function startTaskServer(behind: string): Promise<TaskServer> {
  const tasks: TaskServer = {
    url: '',
    executed: [],
    onExecute: null,
    history: [],
    asked: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    // The driver says that it compresses, and mostly does not.
    const plain = (body[0] === 0x1f ? gunzipSync(body) : body).toString();
    const sent = plain.startsWith('{') ? (JSON.parse(plain) as Sent) : {};
    const sql = sent.sqlText ?? '';
    const answer = (recorded: Answer) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(recorded));
    };
    if (sql.startsWith('EXECUTE TASK')) {
      tasks.executed.push(sql);
      const outcome = (await tasks.onExecute?.()) ?? 'executed';
      if (outcome === 'lost') {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{', () => response.destroy());
      } else answer(RECORDED[outcome]);
    } else if (sql.includes('TASK_HISTORY')) {
      tasks.asked.push(sent);
      const [returned, rowset] = [tasks.history.length, tasks.history];
      answer({ ...RECORDED.history, data: { ...RECORDED.history.data, rowset, returned, total: returned } });
    } else {
      const { authorization, accept } = request.headers;
      const passed = await fetch(behind + request.url, {
        method: request.method!,
        headers: {
          'content-type': 'application/json',
          ...(authorization ? { authorization } : {}),
          ...(accept ? { accept } : {}),
        },
        ...(plain ? { body: plain } : {}),
      });
      response.writeHead(passed.status, { 'content-type': 'application/json' });
      response.end(await passed.text());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  tasks.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return tasks;
}
