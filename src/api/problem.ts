import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { z } from 'zod';
import { KnowledgeError } from '../knowledge/port.ts';

/** RFC 9457 problem details: the body of every answer that is not a success. */
export const Problem = z
  .object({
    type: z.string().meta({ example: 'urn:agentops:problem:invalid-body' }),
    title: z.string(),
    status: z.number().int(),
    /** What was wrong and what to do about it. */
    detail: z.string(),
    /** The request's id, as in the header `x-request-id` and the log. */
    instance: z.string(),
    /** Where the input is wrong: a path such as `metrics.current_f1`, and why. */
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

interface Kind {
  status: number;
  title: string;
}

/** Every kind of refusal, by the name in its `type`. */
const KINDS = {
  'not-json': { status: 400, title: 'The body is not JSON' },
  'bad-request': { status: 400, title: 'The request cannot be read' },
  'no-token': { status: 401, title: 'No valid token' },
  'wrong-scope': { status: 403, title: 'The token may not do this' },
  'not-for-this-tier': { status: 403, title: 'Others are asked for this decision' },
  'not-found': { status: 404, title: 'Not found' },
  'wrong-method': { status: 405, title: 'Method not allowed here' },
  conflict: { status: 409, title: 'The state of things does not allow it' },
  'too-large': { status: 413, title: 'The body is too large' },
  'not-json-type': { status: 415, title: 'The body must be application/json' },
  invalid: { status: 422, title: 'The input is not valid' },
  busy: { status: 429, title: 'Too many at once' },
  internal: { status: 500, title: 'Something failed on our side' },
  unavailable: { status: 503, title: 'A system behind this is not available' },
} as const satisfies Record<string, Kind>;
export type ProblemKind = keyof typeof KINDS;

/** Thrown by routes; answered as a problem by the error handler. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly kind: ProblemKind;
  readonly errors: Problem['errors'];
  readonly headers: Record<string, string>;
  constructor(
    kind: ProblemKind,
    detail: string,
    options: { errors?: Problem['errors']; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause: options.cause });
    this.kind = kind;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }

  body(instance: string): Problem {
    const { kind, message: detail, errors } = this;
    return {
      type: `urn:agentops:problem:${kind}`,
      ...KINDS[kind],
      detail,
      instance,
      ...(errors && { errors }),
    };
  }
}

/** 503 with the advice to come again. */
export function unavailable(detail: string, cause?: unknown): ProblemError {
  return new ProblemError('unavailable', detail, { headers: { 'retry-after': '5' }, cause });
}

/** Parses what came from outside. @throws ProblemError 422 with the path of each mistake. */
export function parseInput<T extends z.ZodType>(schema: T, value: unknown, where: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => mistakes(issue));
  const first = errors[0]!;
  throw new ProblemError('invalid', `${where}: ${first.path ? `${first.path}: ` : ''}${first.message}`, {
    errors,
  });
}

/** Where it is wrong, and why; of a union, by the alternative that was meant: the one whose outer type fits. */
function mistakes(issue: z.core.$ZodIssue, outer: PropertyKey[] = []): NonNullable<Problem['errors']> {
  const path = [...outer, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'unknown field' }));
  }
  if (issue.code === 'invalid_union') {
    const meant = issue.errors.find((issues) =>
      issues.every((inner) => inner.code !== 'invalid_type' || inner.path.length > 0),
    );
    if (meant) return meant.flatMap((inner) => mistakes(inner, path));
    const types = issue.errors.flat().map((inner) => ('expected' in inner ? inner.expected : inner.message));
    return [{ path: path.join('.'), message: `expected ${types.join(' or ')}` }];
  }
  return [{ path: path.join('.'), message: issue.message }];
}

/** Whatever was thrown, as a problem. Only our own messages and the parser's reach the client. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof ServiceError || isGrpcServiceError(error)) {
    return unavailable('Temporal does not answer: nothing was started; send the same request again', error);
  }
  if (error instanceof KnowledgeError) return unavailable(error.message, error);
  const { type, status } = error as { type?: string; status?: number };
  if (type === 'entity.parse.failed') {
    return new ProblemError(
      'not-json',
      'expected a JSON body; check quotes, commas and the encoding (UTF-8)',
    );
  }
  if (type === 'entity.too.large') {
    return new ProblemError('too-large', 'the limit is 1 MB; send less at a time');
  }
  if (status !== undefined && status >= 400 && status < 500) {
    return new ProblemError('bad-request', 'the request line, encoding or length cannot be read');
  }
  return new ProblemError('internal', 'the log has the cause under this request id', { cause: error });
}
