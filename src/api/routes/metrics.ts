import { z } from 'zod';
import { metricFamilies } from '../metrics.ts';
import { METRICS_TYPE, metricsText } from '../metrics-text.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

/** Open as /healthz is: it holds counts and names of groups, and scrapers carry no token of ours. */
export const getMetrics = ({ store, watch, policy, now }: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/metrics',
    summary: "Metrics in Prometheus' text format",
    scope: null,
    answers: { 200: { description: 'The metrics', schema: z.string(), type: 'text/plain' } },
    async handle() {
      const families = metricFamilies({
        groups: watch.groups(),
        temporalAnswers: watch.temporalAnswers(),
        policyGood: policy.problem() === null,
        counts: await store.counts(),
        now: now(),
      });
      return { status: 200, text: await metricsText(families), headers: { 'content-type': METRICS_TYPE } };
    },
  });
