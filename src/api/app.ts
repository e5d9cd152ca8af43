import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express';
import type { TokenInfo } from '../store/port.ts';
import { authorise } from './auth.ts';
import { openApiDocument } from './openapi.ts';
import { ProblemError, parseInput, toProblem } from './problem.ts';
import type { ApiDeps, Route } from './route.ts';
import { routes } from './routes.ts';

const BODY_LIMIT = '1mb';
const ANYONE: TokenInfo = { name: 'anonymous', scopes: [], created_at: '' };

/** The REST API as an express application; it listens nowhere by itself. */
export function createApi(deps: ApiDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(requestId(), securityHeaders(), requestLog(deps));
  const all = routes(deps);
  for (const route of all) app[route.method](route.path, handler(route, deps));
  const document = openApiDocument(all, deps.version, deps.config.api.publicUrl);
  app.get('/openapi.json', (_request, response) => void response.json(document));
  for (const path of new Set(all.map((route) => route.path))) {
    const allowed = all.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
    app.all(path, () => {
      const headers = { allow: allowed.join(', ') };
      throw new ProblemError('wrong-method', `this address takes ${headers.allow}`, { headers });
    });
  }
  app.use(() => {
    throw new ProblemError('not-found', 'no such address; /openapi.json lists all of them');
  });
  app.use(problems(deps));
  return app;
}

/** Token, then body, then schemas: who may not call a route learns nothing from it and costs nothing. */
function handler(route: Route, deps: ApiDeps): RequestHandler {
  const parseJson = express.json({ limit: BODY_LIMIT, strict: false });
  return async (request, response) => {
    const token = route.scope
      ? await authorise(request.get('authorization'), route.scope, deps.store)
      : ANYONE;
    if (route.body) await readBody(request, parseJson, response);
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const reply = await route.handle({
      params: route.params && parseInput(route.params, request.params, 'address'),
      query: route.query && parseInput(route.query, request.query, 'query'),
      body: route.body && parseInput(route.body, request.body, 'body'),
      token,
      header: (name) => request.get(name),
      signal: gone.signal,
    });
    response.status(reply.status).set(reply.headers ?? {});
    if (reply.stream) await send(reply.stream, response);
    else if (reply.text !== undefined) response.send(reply.text);
    else if (reply.body === undefined) response.end();
    else response.json(reply.body);
  };
}

/** A reader who goes away ends the stream; that is no error. */
async function send(stream: AsyncIterable<string>, response: express.Response): Promise<void> {
  response.flushHeaders();
  await pipeline(stream, response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

async function readBody(request: Request, parse: RequestHandler, response: express.Response): Promise<void> {
  const hasBody = request.get('content-length') !== '0' && request.is('*/*') !== null;
  if (hasBody && !request.is(['application/json', 'application/*+json'])) {
    const got = request.get('content-type');
    throw new ProblemError(
      'not-json-type',
      `expected "Content-Type: application/json", got ${got ? `"${got.slice(0, 100)}"` : 'none'}`,
    );
  }
  await new Promise<void>((resolve, reject) => {
    parse(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
  });
}

/** Takes a client's own id where it is harmless, so that logs of both sides meet. */
function requestId(): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id') ?? '';
    const id = /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
    response.locals.requestId = id;
    response.set('x-request-id', id);
    next();
  };
}

function securityHeaders(): RequestHandler {
  return (_request, response, next) => {
    response.set({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    next();
  };
}

function requestLog({ log }: ApiDeps): RequestHandler {
  return (request, response, next) => {
    const start = performance.now();
    response.on('finish', () => {
      log.debug(
        {
          request_id: response.locals.requestId,
          method: request.method,
          path: request.path,
          status: response.statusCode,
          ms: Math.round(performance.now() - start),
        },
        'request',
      );
    });
    next();
  };
}

function problems({ log }: ApiDeps): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const problem = toProblem(error);
    const body = problem.body(response.locals.requestId);
    const request_id = body.instance;
    if (body.status === 503) log.warn({ request_id, cause: because(problem.cause) }, body.detail);
    else if (body.status >= 500) log.error({ request_id, err: problem.cause }, body.detail);
    response.status(body.status).set(problem.headers).type('application/problem+json').json(body);
  };
}

/** The messages of an error and its causes: enough to tell why another system did not answer. */
function because(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const inner = because(error.cause);
  return inner ? `${error.message}: ${inner}` : error.message;
}
