import type { z } from 'zod';
import type { Severity } from '../alert.ts';
import type { Capability, ComponentStatus } from '../component-status.ts';
import type { ToolLimits } from '../tool-limits.ts';
import type { ActionRecord } from './record.ts';

/** A diagnosis, as far as actions rest on it. */
export interface DiagnosedCause {
  root_cause: string;
  category: string;
  verdict: string;
  confidence: number;
  diagnosed_by: string;
  claims: { text: string; evidence: string[] }[];
  recommended_actions: {
    action: string;
    priority: number;
    requires_approval: boolean;
    condition?: string | undefined;
  }[];
  runbook_reference: string | null;
  similar_incidents: string[];
  not_found: string[];
  /** When it began, ISO 8601, where that was measured. */
  onset?: string | null | undefined;
}

/** A symptom, as far as actions rest on it. */
export interface ObservedSymptom {
  source: string;
  summary: string;
  first_at: string;
}

/** All facts that an action's parameters and card may rest on. Pure data: the entry asks no system. */
export interface ActionFacts {
  incidentId: string;
  component: string;
  severity: Severity;
  alertType: string;
  /** Null before there is one: when monitoring itself is away. */
  diagnosis: DiagnosedCause | null;
  symptoms: readonly ObservedSymptom[];
  /** The component as its systems show it now; null for entries that need none. */
  status: ComponentStatus | null;
  /** Where messages go, by the incident's policy. */
  channels: { slack: string; github: string; jira: string };
  /** Earlier actions of the incident. */
  earlier: readonly ActionRecord[];
  /** Link for people. */
  url: string;
  /** ISO 8601. */
  now: string;
}

/** The texts of a card, made from the parameters that will be called. */
export interface CardTexts {
  title: string;
  why: string;
  risk: string;
  undo: string;
  facts: string[];
}

/** How an action is judged after it ran. */
export type Judge =
  /** It is done when the tool says so. */
  | { by: 'answer' }
  /** The evaluation gate judges the trained version; `next` is the action that puts it into production. */
  | { by: 'gate'; next: string }
  /** The version is watched and verified. `otherwise`: how the incident goes on when it did not help. */
  | { by: 'deployment'; limit: 'gate' | 'trigger'; otherwise: 'next action' | 'mitigated' }
  /** The trigger has to clear, over rows since the call or over the policy's window. `repair` names the repair, `verified` its success. */
  | {
      by: 'trigger';
      rows: 'since the call' | 'of the window';
      repair(result: unknown, params: Record<string, unknown>): string;
      verified(result: unknown, params: Record<string, unknown>): string;
    };

/**
 * An action of the catalogue: all facts about it in one place. An action that is not in the catalogue cannot run, whoever asks
 * for it (design §2).
 */
export interface ActionEntry<Params extends object = Record<string, unknown>> {
  name: string;
  /** As the subject of a sentence: `a rollback`. */
  noun: string;
  /** The Temporal activity that carries it out, called with exactly the approved parameters. */
  tool: string;
  /** It changes production or costs money: a person approves it unless policy says otherwise. */
  risky: boolean;
  /** False: no diagnosis may propose it; another action's judge does. */
  proposable: boolean;
  /** Without one of these the action is impossible, and the card and the report say so. */
  needs: readonly Capability[];
  params: z.ZodType<Params>;
  /** Parameters that a person may change with the decision `edit`. */
  editable: readonly (keyof Params & string)[];
  /** Resolves every parameter of the call, or says why there is nothing to call. */
  prepare(facts: ActionFacts): Params | { impossible: string };
  card(params: Params, facts: ActionFacts): CardTexts;
  /** Why the approved call no longer fits the world, or null. Default: the version on the card must still be live. */
  outdated?(params: Params, status: ComponentStatus): string | null;
  /** Time limits of the tool; default: a minute, ten attempts. */
  limits?: ToolLimits;
  /** A second activity that follows what the tool started, to its end; its answer becomes the result. */
  follow?: string;
  /** Why the tool's answer is a failure that no new attempt would change, or null. Default: every answer is a success. */
  failure?(result: unknown): string | null;
  judge: Judge;
  /** One line for the log about the tool's answer. */
  report(result: unknown, params: Params): string;
}

/** Checks an entry against the type of its own parameters, which the catalogue then hides; its name stays in the type. */
export function defineAction<const Name extends string, Params extends object>(
  entry: ActionEntry<Params> & { name: Name },
): ActionEntry & { name: Name } {
  return entry as unknown as ActionEntry & { name: Name };
}

/** The first claims of a diagnosis, for the facts on a card. */
export function claimsOf(diagnosis: DiagnosedCause | null): string[] {
  return (diagnosis?.claims ?? []).slice(0, 4).map((claim) => claim.text);
}

/** The reason that the platform keeps for its own records; part of the call, so part of the card. */
export function reasonOf({ incidentId, diagnosis }: ActionFacts): string {
  return `${incidentId}: ${diagnosis?.category ?? 'no diagnosis'}`.slice(0, 1000);
}
