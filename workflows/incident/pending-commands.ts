import type { Rejection } from '../../src/domain/actions/approvals.ts';
import type { Operation, Receipt } from '../../src/domain/decision.ts';

/** Commands of a person that the story has not taken up yet; carried by continue-as-new. */
export interface PendingCommands {
  /** The step that waits for `continue` or `skip`. */
  expected: string | null;
  command: 'continue' | 'skip' | null;
  /** Why a person closed the incident, once one has. */
  closing: string | null;
}

/** A person's commands to an incident: which step waits for one, and which came. */
export class OperatorCommands {
  readonly #pending: PendingCommands;
  readonly #applied: string[];

  /** @param applied ids of operations and decisions that were applied; shared with the approvals. Both are changed in place. */
  constructor(pending: PendingCommands, applied: string[]) {
    this.#pending = pending;
    this.#applied = applied;
  }

  get command(): PendingCommands['command'] {
    return this.#pending.command;
  }

  get closing(): string | null {
    return this.#pending.closing;
  }

  /** From now on `continue` and `skip` are obeyed for this step id alone. */
  expect(stepId: string): void {
    if (this.#pending.expected !== stepId) this.#pending.command = null;
    this.#pending.expected = stepId;
  }

  /** Nothing is expected any more: a reset voids what was asked. */
  forget(): void {
    this.#pending.expected = null;
    this.#pending.command = null;
  }

  take(): 'continue' | 'skip' | null {
    const { command } = this.#pending;
    this.forget();
    return command;
  }

  takeClosing(): string | null {
    const { closing } = this.#pending;
    this.#pending.closing = null;
    return closing;
  }

  /** Why an operation cannot be obeyed now, or null. Changes nothing. */
  rejectionOf(operation: Operation): Rejection | null {
    if (operation.operationId !== undefined && this.#applied.includes(operation.operationId)) return null;
    if (operation.command !== 'continue' && operation.command !== 'skip') return null;
    if (this.#pending.expected === null) {
      return {
        type: 'StaleStep',
        message: `nothing waits for "${operation.command}" now; the incident goes on by itself`,
      };
    }
    if (operation.stepId !== this.#pending.expected) {
      const came = operation.stepId === undefined ? 'none came' : `"${operation.stepId}" came`;
      return {
        type: 'StaleStep',
        message: `"${operation.command}" needs stepId "${this.#pending.expected}"; ${came}`,
      };
    }
    return null;
  }

  /** Obeys, or answers why not. Notes and acknowledgements are the caller's to keep. Idempotent by `operationId`. */
  operate(operation: Operation): Receipt {
    if (operation.operationId !== undefined && this.#applied.includes(operation.operationId)) {
      return { outcome: 'accepted', message: 'this command was already applied' };
    }
    const rejection = this.rejectionOf(operation);
    if (rejection) return { outcome: 'recorded', message: rejection.message };
    if (operation.operationId !== undefined) this.#applied.push(operation.operationId);
    switch (operation.command) {
      case 'continue':
      case 'skip':
        this.#pending.command = operation.command;
        return { outcome: 'accepted', message: `${operation.command}: ${operation.stepId}` };
      case 'close':
        this.#pending.closing = `closed by ${operation.by}${operation.reason ? `: ${operation.reason}` : ''}`;
        return { outcome: 'accepted', message: this.#pending.closing };
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
