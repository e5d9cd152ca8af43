import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Config } from '../config/config.ts';
import type { PolicyFile } from '../config/policy-file.ts';
import type { Intake } from '../intake/deliver.ts';
import type { Knowledge } from '../knowledge/port.ts';
import type { Scope, Store, TokenInfo } from '../store/port.ts';
import type { PollWatch } from './poll-watch.ts';

/** What routes work with, wired by hand in `main.ts` and by tests. */
export interface ApiDeps {
  store: Store;
  intake: Intake;
  knowledge: Knowledge;
  /** May be lazy: routes that need Temporal answer 503 while it is away. */
  client: Client;
  config: Pick<Config, 'api' | 'sandbox' | 'temporal' | 'environment'>;
  policy: Pick<PolicyFile, 'current' | 'problem'>;
  watch: PollWatch;
  version: string;
  log: Logger;
  now(): Date;
}

/** A checked request. */
export interface Call<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  /** Whose bearer token came along. Routes without scope have an anonymous one. */
  token: TokenInfo;
  header(name: string): string | undefined;
  signal: AbortSignal;
}

export interface Reply {
  status: number;
  body?: unknown;
  /** Instead of a body: chunks of text, sent as they come until they end or the reader is gone. */
  stream?: AsyncIterable<string>;
  /** Instead of a body: text as it is; its type is in `headers`. */
  text?: string;
  headers?: Record<string, string>;
}

type Shape = z.ZodType;

/** One route: what it takes, who may call it, what it answers. The same schemas check requests and make the OpenAPI document. */
export interface RouteSpec<P extends Shape, Q extends Shape, B extends Shape> {
  method: 'get' | 'post' | 'delete';
  /** In express's spelling: `/api/incidents/:id`. */
  path: string;
  summary: string;
  /** Null: open to anyone who reaches the port. */
  scope: Scope | null;
  params?: P;
  query?: Q;
  body?: B;
  /** Successful answers by status; problems are added by what the route declares and uses. */
  answers: Record<
    number,
    { description: string; schema?: z.ZodType; type?: 'text/event-stream' | 'text/plain' }
  >;
  /** Further problem statuses of this route, beyond what its scope and body imply. */
  refusals?: (404 | 409 | 429 | 503)[];
  handle(call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<Reply>;
}

export type Route = RouteSpec<Shape, Shape, Shape>;

/** Gives `handle` the types of its schemas, then forgets them, so that routes fit one list. */
export function defineRoute<
  P extends Shape = z.ZodUnknown,
  Q extends Shape = z.ZodUnknown,
  B extends Shape = z.ZodUnknown,
>(spec: RouteSpec<P, Q, B>): Route {
  return spec as unknown as Route;
}
