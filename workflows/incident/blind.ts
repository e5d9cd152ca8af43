import { ActivityFailure } from '@temporalio/workflow';
import { leadingAlert } from '../../src/domain/strategy.ts';
import { isAboutMonitoring } from '../../src/domain/triggers/alert.ts';
import { activities } from '../activities.ts';
import { now } from '../clock.ts';
import { MEASURING_TOOLS, type MeasuringTool } from '../contracts.ts';
import { rootMessage } from '../failure.ts';
import { type Measured, measureNow } from '../measure.ts';
import type { IncidentRun } from './run.ts';
import { Ended } from './turns.ts';

const FIRST_PAUSE = 15_000;
const LONGEST_PAUSE = 5 * 60_000;

/**
 * An incident of which nothing is known but that tools cannot measure: there is nothing to diagnose or repair, so it looks
 * again, with longer and longer pauses, tells people once, and pages them when it lasts as long as a verification may.
 * Returns when an alert of another kind has joined: then there is something to investigate.
 * @throws Ended `closed_no_action` once all those tools measure again, what they see then is for the polls to judge; or once
 * the component has left the policy, and nobody wants it measured
 */
export async function untilSeeing(run: IncidentRun): Promise<void> {
  const { view, context } = run;
  const pageAt = new Date(run.moment('blind.from').getTime() + context.policy.verify.give_up_after);
  for (let pause = FIRST_PAUSE; run.isBlind; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const failures = await look(run);
    if (failures.length === 0) throw over(run, 'is measured again by every tool that could not');
    if (failures.every(({ type }) => type === 'UnknownComponent'))
      throw over(run, 'is no longer in the policy: nobody measures it');
    say(run, failures);
    await run.record();
    await tell(run);
    if (now() >= pageAt && view.status !== 'escalated') {
      view.status = 'escalated';
      view.error = view.summary;
      run.note('AgentOps', 'escalated', view.summary);
      await run.page('blind', view.summary, context.policy.approvals.tiers[0]!.name);
    }
    run.progress.resolvedArrived = false;
    const next = new Date(now().getTime() + pause);
    await run.wait(() => !run.isBlind || run.progress.resolvedArrived, next, view.waiting_for);
  }
  view.status = 'in_progress';
  view.error = null;
  view.summary = leadingAlert(run.alerts).summary;
}

/** What those tools that the alerts name still cannot measure. */
async function look(run: IncidentRun): Promise<Measured['failures']> {
  const { component } = run.view;
  const named = new Set(run.progress.alerts.filter(isAboutMonitoring).map((alert) => alert.labels.tool));
  const tools = MEASURING_TOOLS.filter((tool) => named.has(tool));
  const { measured } = await measureNow([component], tools);
  return measured.get(component)!.failures;
}

/** Which tools, which errors, since when: the bottom line that people read first. */
function say(run: IncidentRun, failures: Measured['failures']): void {
  const { view, progress } = run;
  const since = progress.alerts
    .map((alert) => alert.starts_at)
    .sort()
    .at(0)!;
  const tools = Map.groupBy(failures, ({ message }) => message);
  const causes = [...tools].map(([message, of]) => `${namesOf(of)}: ${message}`);
  const others = Math.max(...progress.alerts.map(({ metrics }) => metrics.components ?? 1)) - 1;
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
async function tell(run: IncidentRun): Promise<void> {
  const { view, context, progress } = run;
  if ('blind.slack' in progress.results || context.policy.actions.send_slack_alert.approval) return;
  try {
    const { ref, status } = await activities.send_slack_alert({
      incidentId: context.incidentId,
      key: run.key('blind.slack', 1, [view.component]),
      title: `WARNING ${view.component} cannot be measured (${context.incidentId})`,
      body: `${view.summary}\n\nNo alert can be raised by what these tools measure until they answer. It is tried again by itself, and told here when it works.\n\n${context.publicUrl}/api/incidents/${context.incidentId}`,
    });
    progress.results['blind.slack'] = ref;
    run.log('send_slack_alert', status === 'sent' ? 'completed' : 'recorded', ref);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    run.note('Remediator', 'send_slack_alert', `could not be told: ${rootMessage(error)}`);
  }
  await run.record();
}

function over(run: IncidentRun, why: string): Ended {
  const { results } = run.progress;
  // So that the end is told in the same thread.
  if ('blind.slack' in results) results['notify.send_slack_alert'] = results['blind.slack'];
  return new Ended('closed_no_action', `${run.view.component} ${why}`);
}
