import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startApi, type TestApi } from './api-server.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

test('without a known token every route under /api answers 401, whatever the body', async () => {
  const { body: document } = await api.call('GET', '/openapi.json');
  const routes = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
  );
  expect(routes.length).toBeGreaterThan(12);
  for (const [method, path] of routes.filter(([, path]) => path.startsWith('/api/'))) {
    const address = path.replaceAll(/\{\w+\}/g, 'x');
    const unknown = `Bearer ao_00000000_${'0'.repeat(64)}`;
    for (const authorization of ['', 'Basic abc', unknown]) {
      const body = method === 'POST' ? '{' : undefined;
      const answer = await api.call(method, address, body, { authorization });
      expect([method, path, answer.status]).toEqual([method, path, 401]);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
  }
});

test('a token without the scope is refused by name of the scope', async () => {
  const reader = await api.tokenOf('reader', ['incidents:read']);
  const as = { authorization: `Bearer ${reader}` };
  expect((await api.call('GET', '/api/incidents', undefined, as)).status).toBe(200);
  const { status, body } = await api.call('POST', '/api/alerts', {}, as);
  expect(status).toBe(403);
  expect(body.detail).toBe('this needs the scope alerts:write; token "reader" has incidents:read');
  for (const [method, path, scope] of [
    ['POST', '/api/incidents/INC-1/approvals/abc', 'actions:decide'],
    ['POST', '/api/incidents/INC-1/operate', 'actions:decide'],
    ['POST', '/api/incidents/INC-1/signals/decide', 'actions:decide'],
    ['POST', '/api/incidents/INC-1/signals/alert', 'alerts:write'],
    ['POST', '/api/simulate/upstream_change', 'admin'],
    ['GET', '/api/tokens', 'admin'],
  ] as const) {
    const answer = await api.call(method, path, method === 'POST' ? {} : undefined, as);
    expect([path, answer.status]).toEqual([path, 403]);
    expect(answer.body.detail).toContain(scope);
  }
});

test('tokens are made, listed without secrets, and removed', async () => {
  const made = await api.call('POST', '/api/tokens', { name: 'ben', scopes: ['incidents:read'] });
  expect(made.status).toBe(201);
  expect((await api.call('POST', '/api/tokens', { name: 'ben', scopes: ['admin'] })).status).toBe(409);
  expect((await api.call('POST', '/api/tokens', { name: 'eve', scopes: ['root'] })).status).toBe(422);
  const { body: tokens } = await api.call('GET', '/api/tokens');
  expect(tokens).toContainEqual({
    name: 'ben',
    scopes: ['incidents:read'],
    created_at: '2026-02-28T14:40:00.000Z',
  });
  const as = { authorization: `Bearer ${made.body.secret}` };
  expect((await api.call('GET', '/api/incidents', undefined, as)).status).toBe(200);
  expect((await api.call('DELETE', '/api/tokens/ben')).status).toBe(204);
  expect((await api.call('DELETE', '/api/tokens/ben')).status).toBe(404);
  expect((await api.call('GET', '/api/incidents', undefined, as)).status).toBe(401);
});

test('health and the document are open; readiness names what is away', async () => {
  const open = { authorization: '' };
  expect((await api.call('GET', '/healthz', undefined, open)).body).toEqual({
    status: 'ok',
    version: '0.0.0-test',
    monitor: {},
    policy: 'ok',
  });
  expect((await fetch(`${api.url}/metrics`)).status).toBe(200);
  expect((await api.call('GET', '/readyz', undefined, open)).status).toBe(200);
  api.temporal.describe = async () => {
    throw new Error('connection refused');
  };
  const { status, body, headers } = await api.call('GET', '/readyz', undefined, open);
  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('5');
  expect(body.detail).toBe('not ready: Temporal does not answer');
});

test('unknown addresses, methods and query fields get clear problems', async () => {
  expect((await api.call('GET', '/api/nothing')).body).toMatchObject({ status: 404 });
  const wrong = await api.call('DELETE', '/api/alerts');
  expect(wrong.status).toBe(405);
  expect(wrong.headers.get('allow')).toBe('POST');
  expect((await api.call('GET', '/api/incidents?state=open')).status).toBe(422);
  expect((await api.call('GET', '/api/incidents?status=open')).body.errors[0].path).toBe('status');
  expect((await api.call('GET', '/api/incidents/%E0%A4%A')).status).toBe(400);
});

test('the document describes every route with its bodies, and says OpenAPI 3.1', async () => {
  const { body } = await api.call('GET', '/openapi.json');
  expect(body.openapi).toBe('3.1.0');
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining([
      '/api/alerts',
      '/api/incidents',
      '/api/incidents/{id}',
      '/api/incidents/{id}/evidence',
      '/api/incidents/{id}/approvals/{approvalId}',
      '/api/incidents/{id}/operate',
      '/api/incidents/{id}/signals/alert',
      '/api/incidents/{id}/signals/decide',
      '/api/incidents/{id}/signals/operate',
      '/api/incidents/{id}/queries/incident',
      '/api/simulate/{fault}',
      '/api/outbox',
      '/api/tokens',
      '/api/tokens/{name}',
      '/healthz',
      '/readyz',
    ]),
  );
  expect(body.components.schemas).toHaveProperty('AlertInput');
  const { post } = body.paths['/api/incidents/{id}/approvals/{approvalId}'];
  expect(Object.keys(post.responses)).toEqual(
    expect.arrayContaining(['200', '202', '401', '403', '404', '409', '422', '503']),
  );
  expect(post.parameters.map(({ name }: { name: string }) => name)).toEqual(['id', 'approvalId']);
});

test('a request id is taken when harmless and replaced when not', async () => {
  const given = async (id: string) =>
    (await api.call('GET', '/healthz', undefined, { 'x-request-id': id })).headers.get('x-request-id');
  expect(await given('trace-1.a')).toBe('trace-1.a');
  expect(await given('a b"c')).toMatch(/^[0-9a-f-]{36}$/);
});
