import { z } from 'zod';
import { PlatformError } from '../port.ts';

const Problem = z.object({ title: z.string().optional(), detail: z.string().optional() });

/** The server's own words: `detail` of a problem document, or the start of whatever came. */
function messageOf(body: string): string {
  try {
    const problem = Problem.parse(JSON.parse(body));
    return problem.detail ?? problem.title ?? body.slice(0, 200);
  } catch {
    return body.slice(0, 200) || 'no message';
  }
}

/** One request to the platform, its answer checked by a schema. */
export type Call = <T>(
  schema: z.ZodType<T>,
  path: string,
  signal?: AbortSignal,
  post?: { key: string; body: unknown },
) => Promise<T>;

/**
 * Requests to the HTTP API at `url`. A GET is safe to retry, a POST too because of its key. The call rejects with PlatformError:
 * no answer, a refusal, or an unexpected shape.
 */
export function connectHttp(url: string, send: typeof fetch = fetch): Call {
  return async (schema, path, signal, post) => {
    const method = post ? 'POST' : 'GET';
    const address = new URL(path, url).href;
    let response: Response;
    let text: string;
    try {
      response = await send(address, {
        method,
        signal: signal ?? null,
        ...(post && {
          headers: { 'content-type': 'application/json', 'idempotency-key': post.key },
          body: JSON.stringify(post.body),
        }),
      });
      text = await response.text();
    } catch (error) {
      const cause = (error as Error).cause;
      const why = cause instanceof Error && cause.message ? cause.message : (error as Error).message;
      throw new PlatformError(`the model platform did not answer ${method} ${address}: ${why}`, null, {
        cause: error,
      });
    }
    if (!response.ok)
      throw new PlatformError(
        `the model platform refused ${method} ${path} with ${response.status}: ${messageOf(text)}`,
        response.status,
      );
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
      throw new PlatformError(`${method} ${address} answered in an unexpected shape: ${detail}`, null, {
        cause: error,
      });
    }
  };
}
