import type { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { Problem } from './problem.ts';
import type { Route } from './route.ts';

const MEANING: Record<number, string> = {
  400: 'The body is not JSON',
  401: 'No valid token',
  403: 'The token lacks the scope, or others are asked',
  404: 'Not known here',
  409: 'The state of things does not allow it',
  413: 'The body is larger than 1 MB',
  415: 'The body is not application/json',
  422: 'The input is not valid; `errors` says where',
  429: 'Too many are under way; `Retry-After` says when to come again',
  503: 'A system behind this is away; `Retry-After` says when to come again',
};

/** The OpenAPI 3.1 document of these routes, from the very schemas that check their requests. */
export function openApiDocument(routes: readonly Route[], version: string, serverUrl: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'AgentOps',
      version,
      description: 'Takes an ML or data incident from alert to resolution, with approvals by people.',
    },
    servers: [{ url: serverUrl }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths,
  });
}

function operation(route: Route): ZodOpenApiOperationObject {
  const problems = [
    ...(route.scope ? [401, 403] : []),
    ...(route.body ? [400, 413, 415] : []),
    ...(route.body || route.query || route.params ? [422] : []),
    ...(route.refusals ?? []),
  ];
  return {
    summary: route.summary,
    ...(route.scope && {
      description: `Needs the scope \`${route.scope}\`.`,
      security: [{ token: [] }],
    }),
    requestParams: {
      ...(route.params && { path: route.params as z.ZodObject }),
      ...(route.query && { query: route.query as z.ZodObject }),
    },
    ...(route.body && { requestBody: { content: { 'application/json': { schema: route.body } } } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, { description, schema, type = 'application/json' }]) => [
          status,
          { description, ...(schema && { content: { [type]: { schema } } }) },
        ]),
      ),
      ...Object.fromEntries(
        problems.map((status) => [
          String(status),
          {
            description: MEANING[status]!,
            content: { 'application/problem+json': { schema: Problem } },
          },
        ]),
      ),
    },
  };
}
