import type { Operation, Receipt } from '../../src/domain/decision.ts';
import type { Refused } from './approval-desk.ts';

/** A person's commands to an incident: which step waits for one, and what was said. */
export class OperatorDesk {
  /** `continue` or `skip` for the step that waits; taken once by the story. */
  command: 'continue' | 'skip' | null = null;
  /** Why a person closed the incident, once one has. */
  closing: string | null = null;
  #expected: string | null = null;
  #applied: string[];

  /** @param applied ids of operations and decisions that were applied; shared with the approvals and carried on. */
  constructor(applied: string[]) {
    this.#applied = applied;
  }

  /** From now on `continue` and `skip` are obeyed for this step id alone. */
  expect(stepId: string): void {
    this.#expected = stepId;
    this.command = null;
  }

  /** Nothing is expected any more: a reset voids what was asked. */
  forget(): void {
    this.#expected = null;
    this.command = null;
  }

  take(): 'continue' | 'skip' | null {
    const { command } = this;
    this.forget();
    return command;
  }

  takeClosing(): string | null {
    const { closing } = this;
    this.closing = null;
    return closing;
  }

  /** Why an operation cannot be obeyed now, or null. Changes nothing. */
  refusal(operation: Operation): Refused | null {
    if (operation.operationId !== undefined && this.#applied.includes(operation.operationId)) return null;
    if (operation.command !== 'continue' && operation.command !== 'skip') return null;
    if (this.#expected === null) {
      return {
        type: 'StaleStep',
        message: `nothing waits for "${operation.command}" now; the incident goes on by itself`,
      };
    }
    if (operation.stepId !== this.#expected) {
      const came = operation.stepId === undefined ? 'none came' : `"${operation.stepId}" came`;
      return {
        type: 'StaleStep',
        message: `"${operation.command}" needs stepId "${this.#expected}"; ${came}`,
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
        this.command = operation.command;
        return { outcome: 'accepted', message: `${operation.command}: ${operation.stepId}` };
      case 'close':
        this.closing = `closed by ${operation.by}${operation.reason ? `: ${operation.reason}` : ''}`;
        return { outcome: 'accepted', message: this.closing };
      case 'acknowledge':
        return { outcome: 'accepted', message: `${operation.by} is on it; nobody is paged meanwhile` };
      case 'note':
        return { outcome: 'accepted', message: 'noted' };
      default: {
        const never: never = operation.command;
        throw new RangeError(`unknown command ${never}`);
      }
    }
  }
}
