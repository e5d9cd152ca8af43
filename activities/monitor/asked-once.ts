import type { MonitorDeps } from './context.ts';

/**
 * The same ports for the length of one call: each question is asked once, so that 50 components of one model cost one
 * scan, and the clock stands still. What fails is kept as well: a second try takes new ones.
 * @param until the moment at which the clock stands, ISO 8601; default now
 */
export function askingOnce(deps: MonitorDeps, until?: string): MonitorDeps {
  const now = until === undefined ? deps.now() : new Date(until);
  const documents = remembered((key: string) => deps.store.document(key));
  return {
    ...deps,
    warehouse: once(deps.warehouse),
    platform: once(deps.platform),
    store: {
      document: <T>(key: string) => documents.ask(key) as Promise<T | null>,
      putDocument: (key, value) => {
        documents.set(key, Promise.resolve(value));
        return deps.store.putDocument(key, value);
      },
      saveEvidence: (evidence) => deps.store.saveEvidence(evidence),
      monitorState: (component) => deps.store.monitorState(component),
    },
    now: () => now,
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
