import { patched, workflowInfo } from '@temporalio/workflow';

/**
 * Which run of the incident this is, and the epoch that binds approvals and steps to it: continue-as-new keeps it, a reset
 * renews it (design §3). It is learned from the answers of activities, which are in history, never from the worker: a replay
 * must come to the same approval ids.
 */
export class RunIdentity {
  epoch: string;
  /** The run that activities last answered to; in a run made by a reset that is at first the old one. */
  #answeredTo: string | null;
  #resets = 0;
  /** A reset was noticed, and the new run's id is being learned. */
  #renewing = false;
  /** Called once for each reset, before the new epoch is known: what was asked until then is void. */
  readonly #onReset: () => void;

  /** @param epoch of the run before, when this one continues it; @param runId of this run, once an activity has said so */
  constructor(identity: { epoch: string; runId: string | null }, onReset: () => void) {
    this.epoch = identity.epoch;
    this.#answeredTo = identity.runId;
    this.#onReset = onReset;
  }

  /**
   * Whether a reset made this run and the new epoch is yet to be learned. A reset run first replays what the old run did, where
   * nothing may differ; so the news is bound to a patch marker, which is written once the run is live and found again by
   * replays.
   */
  noticeReset(): boolean {
    if (this.#renewing) return true;
    const { runId, unsafe } = workflowInfo();
    const suspected = unsafe.isReplaying || (this.#answeredTo !== null && this.#answeredTo !== runId);
    if (!suspected || !patched(`reset-${this.#resets + 1}`)) return false;
    this.#resets += 1;
    this.#renewing = true;
    this.#onReset();
    return true;
  }

  /** Learns from an activity's answer which run this is. Another one than before means a reset, and a new epoch. */
  learn(runId: string): void {
    if (runId === this.#answeredTo) return;
    if (this.#answeredTo !== null && !this.#renewing) this.#onReset();
    this.#answeredTo = runId;
    this.#renewing = false;
    if (runId !== workflowInfo().originalExecutionRunId) this.epoch = runId;
  }
}
