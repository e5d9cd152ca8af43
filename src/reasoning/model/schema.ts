import { z } from 'zod';
import { ACTIONS, type Action } from '../../domain/actions/catalogue.ts';
import type { Category } from '../../domain/category.ts';
import { Diagnosis } from '../../domain/diagnosis.ts';
import { EVIDENCE_TOOLS } from '../../domain/tools.ts';
import type { CaseFile } from '../case-file.ts';
import type { Cause } from '../causes/cause.ts';
import { CAUSES, categoriesOf } from '../causes/index.ts';
import type { SearchFacts } from '../facts.ts';
import { obstacle } from '../steps/capabilities.ts';
import type { EvidenceBlock } from './render.ts';

/** A deployment follows from a retraining and its gate, never from a diagnosis. */
const RECOMMENDABLE = ACTIONS.filter((action) => action !== 'deploy_model');
const NONE = 'none';
/** With these limits the longest answer fits into `ANSWER_TOKENS`; the prompt repeats them. Texts in characters. */
export const LIMITS = { claims: 5, claim: 250, rootCause: 300, remarks: 3, remark: 120 };

/** The names that an answer may use. All evidence among them was collected and shown, so nothing can be invented. */
export interface Vocabulary {
  categories: Category[];
  /** Those that the component can carry out. */
  actions: Action[];
  /** Evidence ids, at least one. */
  evidence: string[];
  /** `file.md#anchor` of the runbook sections found. */
  sections: string[];
  /** Ids of the incidents found. */
  incidents: string[];
}

/** The names that the shown blocks offer. A name of another form than expected is not offered. */
export function vocabularyOf(
  blocks: readonly EvidenceBlock[],
  c: CaseFile,
  causes: readonly Cause[] = CAUSES,
): Vocabulary {
  const shown = new Set(blocks.map(({ id }) => id));
  const items = c.evidence.filter(({ id }) => shown.has(id));
  const runbooks = new Set(items.filter(({ tool }) => tool === 'search_runbooks').map(({ id }) => id));
  const sections = blocks.flatMap(({ id, section }) => (section && runbooks.has(id) ? [section] : []));
  const files = new Set(blocks.flatMap(({ section }) => section?.split('#')[0] ?? []));
  const incidents = items
    .filter(({ tool }) => tool === 'search_incidents')
    .flatMap(({ facts }) => (facts as SearchFacts).found)
    .flatMap(({ file, incident_id }) => (incident_id && files.has(file) ? incident_id : []));
  return {
    categories: categoriesOf(causes),
    actions: RECOMMENDABLE.filter((action) => !obstacle(action, c)),
    evidence: [...shown],
    sections: [...new Set(sections)].filter((ref) => /^[\w.-]+#[\w-]+$/.test(ref)),
    incidents: [...new Set(incidents)].filter((id) => /^INC-[\d-]+$/.test(id)),
  };
}

/** The model's answer when it has enough evidence. The rest of a diagnosis is filled in by code. */
export type Draft = z.infer<ReturnType<typeof draftOf>>;
/** Its answer when it wants more evidence first. */
const Ask = z.strictObject({
  wanted: z
    .array(
      z
        .strictObject({ tool: z.enum(EVIDENCE_TOOLS), query: z.string().max(200) })
        .refine(
          ({ tool, query }) => !tool.startsWith('search_') || query.trim() !== '',
          'what to search for?',
        ),
    )
    .min(1)
    .max(3),
});
export type Ask = z.infer<typeof Ask>;

function draftOf({ categories, actions, evidence, sections, incidents }: Vocabulary) {
  return z.strictObject({
    claims: z
      .array(
        z.strictObject({
          text: z.string().min(10).max(LIMITS.claim),
          evidence: z.array(z.enum(evidence)).min(1).max(2),
        }),
      )
      .min(1)
      .max(LIMITS.claims),
    root_cause: z.string().min(10).max(LIMITS.rootCause),
    category: z.enum(categories),
    verdict: Diagnosis.shape.verdict,
    /** Grammars do not hold numbers to a range: it is clamped. */
    confidence: z.number(),
    recommended_actions: z.array(z.enum(actions)).max(6),
    runbook_reference: z
      .enum([...sections, NONE])
      .transform((section) => (section === NONE ? null : section)),
    similar_incidents: z
      .array(z.enum([...incidents, NONE]))
      .max(3)
      .transform((ids) => ids.filter((id) => id !== NONE)),
    not_found: z.array(z.string().max(LIMITS.remark)).max(LIMITS.remarks),
  });
}

/** The schema of an answer to this call, and the same as JSON schema for Ollama's `format`. */
export function answerSchema(vocabulary: Vocabulary, mayAsk: boolean) {
  const draft = draftOf(vocabulary);
  const schema = mayAsk ? z.union([draft, Ask]) : draft;
  return { schema, format: z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown> };
}

/** Parses an answer. Anything but exactly one JSON value of that schema is bad output, prose around it included. */
export function parseAnswer(
  schema: ReturnType<typeof answerSchema>['schema'],
  text: string,
): { answer: Draft | Ask } | { bad: string[] } {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { bad: [text.trim() === '' ? 'the answer is empty' : 'the answer is not one JSON value'] };
  }
  if (raw !== null && typeof raw === 'object' && 'name' in raw && ('parameters' in raw || 'arguments' in raw))
    return { bad: ['the answer is a tool call; tools are asked for as described, or not at all'] };
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { answer: parsed.data };
  return {
    bad: parsed.error.issues
      .slice(0, 6)
      .map((issue) => `${issue.path.join('.')}: ${issue.message.replaceAll('|', ', ')}`),
  };
}
