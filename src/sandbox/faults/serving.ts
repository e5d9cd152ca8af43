import { z } from 'zod';
import { defineFault, Ramp } from './fault.ts';

/** Many more requests than usual. */
export const trafficSurge = () =>
  defineFault(
    {
      /** So many times the usual traffic. */
      factor: z.number().gt(1).max(10).default(2.8),
      ramp: Ramp.default(2),
    },
    ({ factor, ramp }) => ({ changes: [{ kind: 'traffic', factor, rampMs: ramp * 60_000 }] }),
  );

/** How much of each resource is taken where nothing is said; enough for a backlog at any hour. */
const TAKEN = { cpu: 0.65, memory: 0.56 };

/** The servers have less to work with, at the usual traffic: another job's cpu, memory that leaks, or lost replicas. */
export const resourceSaturation = () =>
  defineFault(
    {
      resource: z.enum(['cpu', 'memory', 'replicas']).default('cpu'),
      /** Share of every server's cpu or memory that is taken. */
      taken: z.number().gt(0).lt(1).optional(),
      /** How many replicas are lost. */
      lost: z.int().min(1).max(11).default(2),
      ramp: Ramp.default(5),
    },
    ({ resource, taken, lost, ramp }) => {
      const of = (name: 'cpu' | 'memory') => (resource === name ? (taken ?? TAKEN[name]) : 0);
      const replicas = resource === 'replicas' ? lost : 0;
      const hosts = { kind: 'hosts', cpu: of('cpu'), memory: of('memory'), replicas } as const;
      return { changes: [{ ...hosts, rampMs: ramp * 60_000 }] };
    },
  );

/** A version that is as good, and takes much longer per prediction, is put into production. */
export const slowModel = () =>
  defineFault(
    {
      /** Time per prediction on idle servers, where 1 is usual. */
      slowdown: z.number().gt(1).max(100).default(18),
      /** Work per prediction, where 1 is usual. */
      cost: z.number().min(1).max(10).default(1.3),
      model_size_mb: z.number().min(1).max(1000).default(312.5),
      batch_size: z.int().min(1).max(4096).default(256),
    },
    ({ slowdown, cost, model_size_mb, batch_size }) => ({
      release: {
        reason: 'adds card history as sequences',
        profile: { slowdown, cost, size_mb: model_size_mb, batch_size },
      },
    }),
  );
