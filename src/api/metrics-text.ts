import { Counter, Gauge, Registry } from 'prom-client';

/** One metric with its samples, as Prometheus scrapes it. */
export interface MetricFamily {
  /** `agentops_…`; counters end in `_total`. */
  name: string;
  help: string;
  type: 'counter' | 'gauge';
  samples: { labels?: Record<string, string>; value: number }[];
}

/** What `/metrics` answers with. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Metrics in Prometheus' text format; a family without samples is left out, where the library would write a zero. */
export function metricsText(families: readonly MetricFamily[]): Promise<string> {
  const registry = new Registry();
  for (const { name, help, type, samples } of families.filter((family) => family.samples.length > 0)) {
    const labelNames = Object.keys(samples[0]!.labels ?? {});
    const Metric = type === 'counter' ? Counter : Gauge;
    const metric = new Metric({ name, help, labelNames, registers: [registry] });
    for (const { labels = {}, value } of samples) metric.inc(labels, value);
  }
  return registry.metrics();
}
