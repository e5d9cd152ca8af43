import type { ErrorRequestHandler, Response } from 'express';
import type { z } from 'zod';

/** An RFC 9457 problem: what a route throws to answer with an error. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly status: number;
  readonly title: string;

  constructor(status: number, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.title = title;
  }
}

export function sendProblem(response: Response, status: number, title: string, detail: string): void {
  response
    .status(status)
    .type('application/problem+json')
    .json({ type: 'about:blank', title, status, detail });
}

/** Checks a body against its schema. @throws ProblemError 400, or another status, that names every wrong field */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown, status = 400): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new ProblemError(status, 'Invalid request', faults.join('; '));
}

/** The last handler: every error as a problem; what we did not expect is logged and answered with 500. */
export function problemHandler(onUnexpected: (error: unknown) => void): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof ProblemError) return sendProblem(response, error.status, error.title, error.message);
    const { status, type } = error as { status?: number; type?: string };
    if (type === 'entity.parse.failed')
      return sendProblem(response, 400, 'Not JSON', 'the body is not valid JSON');
    if (status !== undefined && status >= 400 && status < 500) {
      return sendProblem(response, status, 'Refused', (error as Error).message);
    }
    onUnexpected(error);
    sendProblem(response, 500, 'Internal error', 'the sandbox failed on this request; see its log');
  };
}
