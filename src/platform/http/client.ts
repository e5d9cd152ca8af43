import { z } from 'zod';
import {
  Deployment,
  DriftReport,
  Infrastructure,
  MetricsAggregate,
  ModelInfo,
  Pipeline,
  PipelineRun,
  PlatformHealth,
  Scaling,
  TrainingJob,
} from '../../domain/platform.ts';
import { type Platform, PlatformError } from '../port.ts';

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

/** The model platform over HTTP; every answer is checked against its schema. Rejects with PlatformError. */
export function createPlatformClient(options: { url: string; fetch?: typeof fetch }): Platform {
  const send = options.fetch ?? fetch;

  async function call<T>(
    schema: z.ZodType<T>,
    path: string,
    signal?: AbortSignal,
    post?: { key: string; body: unknown },
  ): Promise<T> {
    const method = post ? 'POST' : 'GET';
    const address = new URL(path, options.url).href;
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
    if (!response.ok) {
      throw new PlatformError(
        `the model platform refused ${method} ${path} with ${response.status}: ${messageOf(text)}`,
        response.status,
      );
    }
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
      throw new PlatformError(`${method} ${address} answered in an unexpected shape: ${detail}`, null, {
        cause: error,
      });
    }
  }

  const job = (id: string) => `/training/${encodeURIComponent(id)}`;
  return {
    health: (signal) => call(PlatformHealth, '/health', signal),
    modelInfo: (signal) => call(ModelInfo, '/model/info', signal),
    deployments: (signal) => call(z.array(Deployment), '/model/deployments', signal),
    drift: (signal) => call(DriftReport, '/drift', signal),
    metricsAggregate: (signal) => call(MetricsAggregate, '/metrics/aggregate', signal),
    pipelines: (signal) => call(z.array(Pipeline), '/pipelines', signal),
    infrastructure: (signal) => call(Infrastructure, '/infrastructure', signal),
    triggerTraining: (body, key, signal) => call(TrainingJob, '/training/trigger', signal, { key, body }),
    training: (id, signal) => call(TrainingJob, job(id), signal),
    trainings: (signal) => call(z.array(TrainingJob), '/training', signal),
    stopTraining: (id, key, signal) => call(TrainingJob, `${job(id)}/stop`, signal, { key, body: {} }),
    deploy: (body, key, signal) => call(Deployment, '/model/deploy', signal, { key, body }),
    rollback: (body, key, signal) => call(Deployment, '/model/rollback', signal, { key, body }),
    runPipeline: (name, body, key, signal) =>
      call(PipelineRun, `/pipelines/${encodeURIComponent(name)}/runs`, signal, { key, body }),
    scale: (body, key, signal) => call(Scaling, '/infrastructure/scale', signal, { key, body }),
  };
}
