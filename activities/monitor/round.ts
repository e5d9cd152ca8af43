import type { Policy } from '../../src/domain/policy/policy.ts';
import type { CheckRequest } from '../../workflows/contracts/monitor.ts';
import { knownComponents, type MonitorDeps, type Round } from './context.ts';

/**
 * The clients for the length of one call: each question is asked once, so that 50 components of one model cost one scan, and
 * the clock stands still. A failure is kept as well: a second try opens a new round.
 */
export function openRound(deps: MonitorDeps, policy: Policy, request: CheckRequest): Round {
  const documents = remembered((key: string) => deps.store.document(key));
  const ports = new Map<string, object>();
  return {
    policy,
    now: request.until === undefined ? deps.now() : new Date(request.until),
    components: knownComponents(policy, request),
    warehouse: once(deps.warehouse),
    models: deps.models,
    platforms: {
      port: (capability, system) => {
        const key = `${capability} ${system}`;
        const port = ports.get(key) ?? once(deps.platforms.port(capability, system));
        ports.set(key, port);
        return port as ReturnType<typeof deps.platforms.port<typeof capability>>;
      },
    },
    store: {
      document: <T>(key: string) => documents.ask(key) as Promise<T | null>,
      putDocument: (key, value) => {
        documents.set(key, Promise.resolve(value));
        return deps.store.putDocument(key, value);
      },
      saveEvidence: (evidence) => deps.store.saveEvidence(evidence),
      monitorState: (component) => deps.store.monitorState(component),
    },
  };
}

/** A port whose methods only read: every call with equal arguments (but for AbortSignals) shares one answer. */
function once<T extends object>(port: T): T {
  const written = new WeakMap<object, string>();
  // The cells of a reference are large and the same object each time: written out once.
  const write = (argument: unknown): string => {
    if (typeof argument !== 'object' || argument === null) return JSON.stringify(argument) ?? '';
    const known = written.get(argument) ?? JSON.stringify(argument);
    written.set(argument, known);
    return known;
  };
  const answers = new Map<string, unknown>();
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        const question = given.filter((argument) => !(argument instanceof AbortSignal)).map(write);
        const key = `${String(name)} ${question.join(' ')}`;
        if (!answers.has(key)) answers.set(key, member.apply(target, given));
        return answers.get(key);
      };
    },
  });
}

function remembered<T>(ask: (key: string) => Promise<T>) {
  const answers = new Map<string, Promise<T>>();
  return {
    ask(key: string): Promise<T> {
      const answer = answers.get(key) ?? ask(key);
      answers.set(key, answer);
      return answer;
    },
    set: (key: string, value: Promise<T>) => void answers.set(key, value),
  };
}
