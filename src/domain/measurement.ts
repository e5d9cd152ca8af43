import { z } from 'zod';

/** A half-open interval of warehouse time, ISO 8601 UTC: from ≤ t < to. */
export const TimeWindow = z.object({ from: z.string(), to: z.string() }).meta({ id: 'TimeWindow' });
export type TimeWindow = z.infer<typeof TimeWindow>;

/** One rule applied to one component: the numbers that were compared, and whether they call for an alert. */
export const Measurement = z
  .object({
    rule: z.enum([
      'model_drift',
      'feature_drift',
      'accuracy_drop',
      'data_quality',
      'volume',
      'latency',
      'anomaly_spike',
      'monitoring',
    ]),
    /** `firing`: past the threshold on enough data. `clear`: below the clearing level. `holding`: between the two.
     * `insufficient`: too few samples to say anything. `unmeasured`: a system did not answer. */
    state: z.enum(['firing', 'holding', 'clear', 'insufficient', 'unmeasured']),
    /** What the rule looked at within the component: a feature or a pipeline. */
    subject: z.string().optional(),
    value: z.number().nullable(),
    threshold: z.number(),
    window: TimeWindow,
    /** Sample sizes by name, such as `{reference: 20000, current: 90000, positives: 1800}`. */
    samples: z.record(z.string(), z.number()),
    /** Every other number a reader needs: raw and corrected PSI, confidence bounds, baselines. */
    numbers: z.record(z.string(), z.number()),
    /** The query that produced the value, as sent to the warehouse or platform. */
    query: z.string(),
    /** One sentence for people, with the numbers in it. */
    text: z.string(),
    /** What would clear it: `clears below 0.24 aggregate PSI with at least 500 rows`. */
    clears: z.string().optional(),
  })
  .meta({ id: 'Measurement' });
export type Measurement = z.infer<typeof Measurement>;
