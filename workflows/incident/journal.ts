import { now } from '../clock.ts';

/** The steps of the story that are finished, carried by continue-as-new: a continued run does not repeat them. */
export class Journal {
  readonly #progress: { results: Record<string, unknown>; attempts: Record<string, number> };

  constructor(progress: { results: Record<string, unknown>; attempts: Record<string, number> }) {
    this.#progress = progress;
  }

  has(name: string): boolean {
    return name in this.#progress.results;
  }

  /** The result of a finished step; undefined before. The caller wrote it under this name, so it knows the type. */
  get<T>(name: string): T | undefined {
    return this.#progress.results[name] as T | undefined;
  }

  set(name: string, result: unknown): void {
    this.#progress.results[name] = result;
  }

  /** True the first time that the story reaches this point, false when a continued run tells it again. */
  firstTime(name: string): boolean {
    if (this.has(name)) return false;
    this.set(name, true);
    return true;
  }

  /** When the story first reached this point; the same in a continued run. */
  startedAt(name: string): Date {
    if (!this.has(name)) this.set(name, now().toISOString());
    return new Date(this.get<string>(name)!);
  }

  /** Attempts of a step: 1, and one more for each `continue`. */
  attempt(step: string): number {
    return this.#progress.attempts[step] ?? 1;
  }

  /** Counts the next attempt of a step. */
  tryAgain(step: string): void {
    this.#progress.attempts[step] = this.attempt(step) + 1;
  }
}
