import { z } from 'zod';
import { TimeWindow } from './measurement.ts';

/** One stored answer of one tool: what was asked, of which system, when, and what came back. Ids are the keys of citations. */
export const Evidence = z
  .object({
    /** `ev_<tool>_<8 hex>`: the same question within an incident's round has the same id, so a retry stores it once. */
    id: z.string(),
    incident_id: z.string(),
    tool: z.string(),
    system: z.string(),
    asked: z.string(),
    at: z.string(),
    window: TimeWindow.optional(),
    /** One sentence with the numbers in it, at most 300 characters; all that enters workflow history. */
    summary: z.string().max(300),
    /** What the tool found, in the shape its module documents. */
    facts: z.unknown(),
    /** Documents only: where the text stands. */
    documents: z
      .array(
        z.object({
          file: z.string(),
          heading: z.string(),
          anchor: z.string(),
          text: z.string(),
          score: z.number(),
        }),
      )
      .optional(),
    /** Set when not everything is shown: "cut: 20 of 1,350 rows". */
    cut: z.string().optional(),
  })
  .meta({ id: 'Evidence' });
export type Evidence = z.infer<typeof Evidence>;

/** What a workflow keeps of an evidence item. */
export const EvidenceRef = z.object({ id: z.string(), tool: z.string(), summary: z.string() });
export type EvidenceRef = z.infer<typeof EvidenceRef>;
