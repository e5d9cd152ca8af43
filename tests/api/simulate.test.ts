import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { startApi } from './api-server.ts';

/** A sandbox's edge: what it was sent, and an answer of its own. */
async function startSandbox() {
  const seen: { url?: string; body: string; key?: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const key = request.headers['idempotency-key'] as string;
      seen.push({ url: request.url, body: Buffer.concat(chunks).toString(), key });
      const status = request.url === '/simulate/nonsense' ? 404 : 202;
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"rows":20000}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise((resolve) => server.close(resolve));
  return { seen, port: String(port), close };
}

test('faults are handed to the sandbox with body and key, and its answer comes back', async () => {
  const sandbox = await startSandbox();
  const api = await startApi({ env: { AGENTOPS_SANDBOX_PORT: sandbox.port } });
  const answer = await api.call(
    'POST',
    '/api/simulate/upstream_change',
    { scale: 1.2 },
    { 'idempotency-key': 'k1' },
  );
  expect([answer.status, answer.body]).toEqual([202, { rows: 20000 }]);
  expect(sandbox.seen).toEqual([{ url: '/simulate/upstream_change', body: '{"scale":1.2}', key: 'k1' }]);
  expect((await api.call('POST', '/api/simulate/reset')).status).toBe(202);
  expect(sandbox.seen[1]).toMatchObject({ body: '{}', key: expect.stringMatching(/.{8}/) });
  expect((await api.call('POST', '/api/simulate/nonsense', {})).status).toBe(404);
  expect((await api.call('POST', '/api/simulate/..%2Fsql', {})).status).toBe(422);
  await sandbox.close();
  const down = await api.call('POST', '/api/simulate/reset', {});
  expect([down.status, down.headers.get('retry-after')]).toEqual([503, '5']);
  await api.close();
});

test('without a sandbox nothing can be simulated', async () => {
  const api = await startApi({ env: { AGENTOPS_SANDBOX: '0' } });
  const { status, body } = await api.call('POST', '/api/simulate/upstream_change', {});
  expect([status, body.detail]).toEqual([404, expect.stringContaining('AGENTOPS_SANDBOX')]);
  await api.close();
});
