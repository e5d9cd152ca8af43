import { z } from 'zod';
import { MetricsAggregate, TrainingJob } from '../../src/domain/platform.ts';
import { createHttpPlatform } from '../../src/platform/http/adapter.ts';

/** The sandbox's platform as one of its models has it: the real adapter, and what only tests look at. */
export function modelView(url: string, model = 'classifier') {
  const { registry, trainer, pipelines, serving } = createHttpPlatform({ url });
  const actor = { incident: 'INC-2026-0001', reason: 'a test' };
  const read = async <T>(schema: z.ZodType<T>, path: string): Promise<T> =>
    schema.parse(await (await fetch(`${url}/models/${model}/${path}`)).json());
  const record = async () => (await registry.models([model])).get(model)!;
  return {
    record,
    deployments: async () => (await record()).deployments,
    makeLive: (kind: 'deploy' | 'rollback', version: string, expectedLive: string, key: string) =>
      registry.makeLive({ model, version, expectedLive, kind, ...actor }, key),
    trainings: () => read(z.array(TrainingJob), 'training'),
    job: (id: string) => trainer.job(model, id),
    train: (since: string, key: string) => trainer.start({ model, since, ...actor }, key),
    stopTraining: (id: string, key: string) => trainer.stop(model, id, key),
    pipelines,
    rerun: (pipeline: string, window: { from: string; to: string }, key: string) =>
      pipelines.rerun({ pipeline, job: null, window, ...actor }, key),
    health: () => serving.health(model),
    drift: async () => (await serving.drift(model))!,
    infrastructure: () => serving.infrastructure(model),
    aggregate: () => read(MetricsAggregate, 'metrics/aggregate'),
    scale: (replicas: number, expectedReplicas: number, key: string) =>
      serving.scale({ model, replicas, expectedReplicas, ...actor }, key),
  };
}
export type ModelView = ReturnType<typeof modelView>;
