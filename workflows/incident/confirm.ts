import { step } from './escalation.ts';
import { IncidentEnd } from './flow.ts';
import { waitUntilMeasurable } from './measurement-outage.ts';
import { describe, isClear, measuredF1, remeasure } from './remeasure.ts';
import type { IncidentRun } from './run.ts';

/** The Monitor measures before anyone acts, foreign alerts too. Healthy by its own numbers: closed without action. */
export async function confirm(run: IncidentRun): Promise<void> {
  run.view.phase = 'monitor';
  if (!run.context.measured) {
    run.note('Monitor', 'measure', 'nobody measures this component; its alerts are taken at their word');
    return;
  }
  if (run.alerts.onlyMonitoring) await waitUntilMeasurable(run);
  const found = await step(run, 'confirm', async () => {
    const { measurements } = await remeasure(run, 'opening');
    return { f1: measuredF1(measurements), clear: isClear(run, measurements), text: describe(measurements) };
  });
  if (!found) return;
  run.view.f1_before ??= found.f1;
  if (found.clear) throw new IncidentEnd('closed_no_action', `measured again and healthy: ${found.text}`);
}
