import type { Operation, Receipt } from '../../src/domain/decision.ts';
import type { Refused } from './approval-desk.ts';

/** What a person has said that the story has not yet heard; carried by continue-as-new. */
export interface Said {
  /** The step that waits for `continue` or `skip`. */
  expected: string | null;
  command: 'continue' | 'skip' | null;
  /** Why a person closed the incident, once one has. */
  closing: string | null;
}

/** A person's commands to an incident: which step waits for one, and what was said. */
export class OperatorDesk {
  readonly #said: Said;
  readonly #applied: string[];

  /** @param applied ids of operations and decisions that were applied; shared with the approvals. Both are changed in place. */
  constructor(said: Said, applied: string[]) {
    this.#said = said;
    this.#applied = applied;
  }

  get command(): Said['command'] {
    return this.#said.command;
  }

  get closing(): string | null {
    return this.#said.closing;
  }

  /** From now on `continue` and `skip` are obeyed for this step id alone. */
  expect(stepId: string): void {
    if (this.#said.expected !== stepId) this.#said.command = null;
    this.#said.expected = stepId;
  }

  /** Nothing is expected any more: a reset voids what was asked. */
  forget(): void {
    this.#said.expected = null;
    this.#said.command = null;
  }

  take(): 'continue' | 'skip' | null {
    const { command } = this.#said;
    this.forget();
    return command;
  }

  takeClosing(): string | null {
    const { closing } = this.#said;
    this.#said.closing = null;
    return closing;
  }

  /** Why an operation cannot be obeyed now, or null. Changes nothing. */
  refusal(operation: Operation): Refused | null {
    if (operation.operationId !== undefined && this.#applied.includes(operation.operationId)) return null;
    if (operation.command !== 'continue' && operation.command !== 'skip') return null;
    if (this.#said.expected === null) {
      return {
        type: 'StaleStep',
        message: `nothing waits for "${operation.command}" now; the incident goes on by itself`,
      };
    }
    if (operation.stepId !== this.#said.expected) {
      const came = operation.stepId === undefined ? 'none came' : `"${operation.stepId}" came`;
      return {
        type: 'StaleStep',
        message: `"${operation.command}" needs stepId "${this.#said.expected}"; ${came}`,
      };
    }
    return null;
  }

  /** Obeys, or says why not. Notes and acknowledgements are the caller's to keep. Idempotent by `operationId`. */
  operate(operation: Operation): Receipt {
    if (operation.operationId !== undefined && this.#applied.includes(operation.operationId)) {
      return { outcome: 'accepted', message: 'this command was already applied' };
    }
    const refused = this.refusal(operation);
    if (refused) return { outcome: 'recorded', message: refused.message };
    if (operation.operationId !== undefined) this.#applied.push(operation.operationId);
    switch (operation.command) {
      case 'continue':
      case 'skip':
        this.#said.command = operation.command;
        return { outcome: 'accepted', message: `${operation.command}: ${operation.stepId}` };
      case 'close':
        this.#said.closing = `closed by ${operation.by}${operation.reason ? `: ${operation.reason}` : ''}`;
        return { outcome: 'accepted', message: this.#said.closing };
      case 'acknowledge':
        return {
          outcome: 'accepted',
          message: `${operation.by} is on it; the next tier is not paged meanwhile, and nothing is approved by it`,
        };
      case 'note':
        return { outcome: 'accepted', message: 'noted' };
      default: {
        const never: never = operation.command;
        throw new RangeError(`unknown command ${never}`);
      }
    }
  }
}
