import { ApplicationFailure, log } from '@temporalio/activity';
import type { ModelRecord } from '../src/domain/platform.ts';
import { systemOf } from '../src/domain/policy/components.ts';
import type { Policy } from '../src/domain/policy/policy.ts';
import type { Platforms } from '../src/platform/open.ts';
import { PlatformError } from '../src/platform/port.ts';
import type { Store } from '../src/store/port.ts';

/** Milliseconds; a platform that takes longer is away. */
const ANSWERS_WITHIN = 15_000;
/** Milliseconds that the answer for one moment is kept: the tools of a round ask within seconds of each other. */
const KEPT = 60_000;

/** A component's model, and whether the registry answered just now or its last answer stands in. */
export interface KnownModel {
  record: ModelRecord;
  live: boolean;
}

/** Finds the models of components: one registry call for each system and moment, whichever tools ask. */
export interface ModelLookup {
  /**
   * @param round the components of the request, all of whose models one call brings; `until` its moment, ISO 8601
   * @throws ApplicationFailure `NoRegistry`, `UnknownModel` (not retried); PlatformError
   */
  find(
    policy: Policy,
    component: string,
    round: { components: string[]; until: string },
  ): Promise<KnownModel>;
}

interface LookupDeps {
  platforms: Pick<Platforms, 'port'>;
  store: Pick<Store, 'document' | 'putDocument'>;
}

type Answer = Promise<ReadonlyMap<string, ModelRecord>>;

/**
 * Each answer is kept in the store when it changed. While a registry is away its last answer stands in: versions, baselines and
 * importances do not change, so the warehouse's rows can still be judged.
 */
export function createModelLookup({ platforms, store }: LookupDeps): ModelLookup {
  const answers = new Map<string, Answer>();

  function ask(system: string, models: string[], until: string): Answer {
    const key = `${system} ${until} ${models.join(' ')}`;
    const known = answers.get(key);
    if (known) return known;
    const answer = platforms.port('registry', system).models(models, AbortSignal.timeout(ANSWERS_WITHIN));
    answers.set(key, answer);
    const forget = () => answers.delete(key);
    // A failure is not kept: the next attempt asks again.
    answer.then(() => setTimeout(forget, KEPT).unref(), forget);
    return answer;
  }

  return {
    async find(policy, component, { components, until }) {
      const system = systemOf(policy, component, 'registry');
      if (!system)
        throw ApplicationFailure.nonRetryable(
          `${component} has no registry (policy, components.${component}), so no version of its model can be measured`,
          'NoRegistry',
        );
      const { model } = policy.components[component]!;
      const fellows = components.filter((name) => systemOf(policy, name, 'registry') === system);
      const models = [...new Set(fellows.map((name) => policy.components[name]!.model))].sort();
      const document = `model:${system}/${model}`;
      const kept = await store.document<ModelRecord>(document);
      try {
        const record = (await ask(system, models, until)).get(model);
        if (!record)
          throw ApplicationFailure.nonRetryable(
            `${system} knows no model "${model}"; correct the component's model in the policy file`,
            'UnknownModel',
          );
        if (JSON.stringify(record) !== JSON.stringify(kept)) await store.putDocument(document, record);
        return { record, live: true };
      } catch (error) {
        if (!(error instanceof PlatformError) || error.permanent || kept === null) throw error;
        log.warn('the registry does not answer, its last answer is used', { model, error: error.message });
        return { record: kept, live: false };
      }
    },
  };
}
