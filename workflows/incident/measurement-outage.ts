import { sideEffectKey } from '../../src/domain/keys.ts';
import { leadingAlert } from '../../src/domain/strategy.ts';
import { MEASURING_TOOLS, type MeasuringTool } from '../../src/domain/tools.ts';
import { isAboutMonitoring } from '../../src/domain/triggers/alert.ts';
import { activities } from '../activities.ts';
import { now } from '../clock.ts';
import { type Measured, measureNow } from '../measure.ts';
import { failureIn, page } from './escalation.ts';
import { IncidentEnd } from './flow.ts';
import type { IncidentRun } from './run.ts';
import { OUTAGE_THREAD, type Thread } from './thread.ts';

const FIRST_PAUSE = 15_000;
const LONGEST_PAUSE = 5 * 60_000;

/**
 * An incident whose only alerts are about monitoring itself has nothing to diagnose or repair. It measures again, with longer
 * and longer pauses, tells people once, and pages them when it lasts as long as a verification may. Returns when an alert of
 * another kind has joined: then there is something to investigate.
 * @throws IncidentEnd `closed_no_action` once all those tools measure again (polls judge what they see then), or once the
 * component has left the policy
 */
export async function waitUntilMeasurable(run: IncidentRun): Promise<void> {
  const { view, context, journal } = run;
  const pageAt = new Date(journal.startedAt('outage').getTime() + context.policy.verify.give_up_after);
  for (let pause = FIRST_PAUSE; run.alerts.onlyMonitoring; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const failures = await stillFailing(run);
    if (failures.length === 0) throw outageEnd(run, 'is measured again by every tool that could not');
    if (failures.every(({ type }) => type === 'UnknownComponent'))
      throw outageEnd(run, 'is no longer in the policy: nobody measures it');
    describeOutage(run, failures);
    await run.record();
    await announceOutage(run);
    if (now() >= pageAt && view.status !== 'escalated') {
      view.status = 'escalated';
      view.error = view.summary;
      run.note('AgentOps', 'escalated', view.summary);
      await page(run, 'outage', view.summary, context.policy.approvals.tiers[0]!.name);
    }
    run.progress.resolvedArrived = false;
    const next = new Date(now().getTime() + pause);
    await run.wait(() => !run.alerts.onlyMonitoring || run.progress.resolvedArrived, next, view.waiting_for);
  }
  view.status = 'in_progress';
  view.error = null;
  view.summary = leadingAlert(run.alerts.leading).summary;
}

/** The failures of those tools that the alerts name. */
async function stillFailing(run: IncidentRun): Promise<Measured['failures']> {
  const { component } = run.view;
  const named = new Set(run.alerts.all.filter(isAboutMonitoring).map((alert) => alert.labels.tool));
  const tools = MEASURING_TOOLS.filter((tool) => named.has(tool));
  const { measured } = await measureNow([component], tools);
  return measured.get(component)!.failures;
}

/** Which tools, which errors, since when: the line that people read first. */
function describeOutage(run: IncidentRun, failures: Measured['failures']): void {
  const { view } = run;
  const since = run.alerts.all
    .map((alert) => alert.starts_at)
    .sort()
    .at(0)!;
  const tools = Map.groupBy(failures, ({ message }) => message);
  const causes = [...tools].map(([message, of]) => `${namesOf(of)}: ${message}`);
  const others = Math.max(...run.alerts.all.map(({ metrics }) => metrics.components ?? 1)) - 1;
  const who =
    others > 0 ? `${view.component} and ${others} other component${others > 1 ? 's' : ''}` : view.component;
  const summary = `${who} cannot be measured since ${since}: ${causes.join('; ')}`.slice(0, 500);
  if (summary !== view.summary) run.note('Monitor', 'measure', `no answer: ${causes.join('; ')}`);
  view.summary = summary;
  view.waiting_for = `${namesOf(failures)} to measure ${view.component} again: asked again by itself, no other action is taken`;
}

function namesOf(failures: { tool: MeasuringTool }[]): string {
  return failures.map(({ tool }) => tool).join(', ');
}

/** Once; a channel that is down is noted, and tried again at the next look. */
async function announceOutage(run: IncidentRun): Promise<void> {
  const { view, context, journal } = run;
  if (journal.has(OUTAGE_THREAD) || context.policy.actions.send_slack_alert.approval) return;
  const { incidentId } = context;
  const target = context.policy.slack_channel;
  try {
    const { ref, status } = await activities.send_slack_alert({
      incidentId,
      key: sideEffectKey(incidentId, OUTAGE_THREAD, 1, [view.component]),
      params: {
        target,
        title: `WARNING ${view.component} cannot be measured (${incidentId})`,
        body: `${view.summary}\n\nNo alert can be raised from these tools until they answer. They are tried again automatically, and this thread is updated when they work.\n\n${run.url}`,
      },
    });
    journal.set(OUTAGE_THREAD, { ref, target } satisfies Thread);
    run.log('send_slack_alert', status === 'sent' ? 'completed' : 'recorded', ref);
  } catch (error) {
    run.note('Remediator', 'send_slack_alert', `could not be sent: ${failureIn(error)}`);
  }
  await run.record();
}

function outageEnd(run: IncidentRun, why: string): IncidentEnd {
  return new IncidentEnd('closed_no_action', `${run.view.component} ${why}`);
}
