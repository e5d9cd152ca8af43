import { z } from 'zod';
import {
  Deployment,
  DriftReport,
  Infrastructure,
  ModelRecord,
  Pipeline,
  PipelineRun,
  PlatformHealth,
  Scaling,
  TrainingJob,
} from '../../domain/platform.ts';
import type { Actor, Capabilities, PipelineRef } from '../port.ts';
import { type Call, connectHttp } from './connection.ts';
import type { DeployRequest, PipelineRunRequest, ScaleRequest, TrainingRequest } from './requests.ts';

/** The name under which the platform records who did something; the incident has the person who approved it. */
const ACTOR = 'agentops';

/** All four capabilities over the HTTP API of docs/platform-api.md. */
export function createHttpPlatform(options: { url: string; fetch?: typeof fetch }): Capabilities {
  const call = connectHttp(options.url, options.fetch);
  return {
    registry: registryOver(call),
    trainer: trainerOver(call),
    pipelines: pipelinesOver(call),
    serving: servingOver(call),
  };
}

const segment = encodeURIComponent;
const by = ({ incident, reason }: Actor) => ({ by: ACTOR, incident, reason });

function registryOver(call: Call): Capabilities['registry'] {
  return {
    async models(names, signal) {
      const query = new URLSearchParams(names.map((name): [string, string] => ['name', name]));
      const { models } = await call(z.object({ models: z.array(ModelRecord) }), `/models?${query}`, signal);
      return new Map(models.map((record) => [record.model, record]));
    },
    makeLive: ({ model, version, expectedLive, kind, ...actor }, key, signal) =>
      call(Deployment, `/models/${segment(model)}/${kind}`, signal, {
        key,
        body: { version, expected_active: expectedLive, ...by(actor) } satisfies DeployRequest,
      }),
  };
}

function trainerOver(call: Call): Capabilities['trainer'] {
  const jobs = (model: string) => `/models/${segment(model)}/training`;
  return {
    start: ({ model, since, ...actor }, key, signal) =>
      call(TrainingJob, `${jobs(model)}/trigger`, signal, {
        key,
        body: { since, ...by(actor) } satisfies TrainingRequest,
      }),
    job: (model, id, signal) => call(TrainingJob, `${jobs(model)}/${segment(id)}`, signal),
    stop: (model, id, key, signal) =>
      call(TrainingJob, `${jobs(model)}/${segment(id)}/stop`, signal, { key, body: {} }),
  };
}

function pipelinesOver(call: Call): Capabilities['pipelines'] {
  const nameOf = ({ pipeline, job }: PipelineRef) => job ?? pipeline;
  const runs = (ref: PipelineRef) => `/pipelines/${segment(nameOf(ref))}/runs`;
  const named = ({ pipeline }: PipelineRef, run: PipelineRun): PipelineRun => ({ ...run, pipeline });
  return {
    async list(refs, signal) {
      const all = await call(z.array(Pipeline), '/pipelines', signal);
      return refs.flatMap((ref) => {
        const found = all.find(({ name }) => name === nameOf(ref));
        return found ? [{ ...found, name: ref.pipeline }] : [];
      });
    },
    async runs(ref, { from, to }, signal) {
      const query = new URLSearchParams({ from, to });
      const found = await call(z.array(PipelineRun), `${runs(ref)}?${query}`, signal);
      return found.map((run) => named(ref, run));
    },
    async rerun({ pipeline, job, window, ...actor }, key, signal) {
      const body = { ...window, ...by(actor) } satisfies PipelineRunRequest;
      const ref = { pipeline, job };
      return named(ref, await call(PipelineRun, runs(ref), signal, { key, body }));
    },
    run: async (ref, id, signal) =>
      named(ref, await call(PipelineRun, `${runs(ref)}/${segment(id)}`, signal)),
  };
}

function servingOver(call: Call): Capabilities['serving'] {
  const path = (model: string) => `/models/${segment(model)}`;
  return {
    health: (model, signal) => call(PlatformHealth, `${path(model)}/health`, signal),
    infrastructure: (model, signal) => call(Infrastructure, `${path(model)}/infrastructure`, signal),
    drift: (model, signal) => call(DriftReport.nullable(), `${path(model)}/drift`, signal),
    scale: ({ model, replicas, expectedReplicas, ...actor }, key, signal) =>
      call(Scaling, `${path(model)}/infrastructure/scale`, signal, {
        key,
        body: { replicas, expected_replicas: expectedReplicas, ...by(actor) } satisfies ScaleRequest,
      }),
  };
}
