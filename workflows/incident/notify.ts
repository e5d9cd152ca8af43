import { entryOf } from '../../src/domain/actions/catalogue.ts';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import { now } from '../clock.ts';
import { perform } from './perform.ts';
import type { IncidentRun } from './run.ts';
import { comment } from './thread.ts';

/** Sends the messages of a diagnosis, in its order; policy may ask for an approval even here. */
export async function notify(run: IncidentRun, diagnosis: Diagnosis): Promise<void> {
  const { view, progress } = run;
  view.phase = 'remediate';
  const messages = [...diagnosis.recommended_actions]
    .sort((a, b) => a.priority - b.priority)
    .filter(({ action }) => !entryOf(action).risky);
  for (const { action } of messages) {
    // Sent once: a second round of investigation updates the first message instead of posting again.
    if (view.actions.some(({ action_id, ended_at }) => action_id === action && ended_at !== null)) continue;
    await perform(run, action, action);
    view.act_ms ??= now().getTime() - new Date(view.opened_at).getTime() - (view.diagnose_ms ?? 0);
    await run.record();
  }
  if (progress.round > 1 && run.journal.firstTime(`notify.round.${progress.round}`)) {
    const text = `New symptom, diagnosed again: ${diagnosis.root_cause}`;
    await comment(run, `round.${progress.round}`, text);
  }
}
