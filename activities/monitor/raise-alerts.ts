import { log } from '@temporalio/activity';
import { type Alert, compareSeverity } from '../../src/domain/alert.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { toAlertInput } from '../../src/domain/triggers/alert.ts';
import { type Episode, nextState, unsent } from '../../src/domain/triggers/episodes.ts';
import type { Store } from '../../src/store/port.ts';
import type { MonitorActivities, RaiseRequest } from '../../workflows/contracts.ts';

/** Hands accepted alerts to the incidents they belong to; resolves once Temporal has them. */
export interface AlertIntake {
  deliver(alerts: Alert[]): Promise<void>;
}

export interface RaiseDeps {
  store: Pick<Store, 'monitorState' | 'saveMonitorState' | 'acceptAlert'>;
  intake: AlertIntake;
  policy: () => Policy;
  now: () => Date;
}

/**
 * `raise_alerts`: one poll's step of the alarm logic. Alerts (new, repeated, resolved) are accepted by the store and
 * delivered in one batch, the worst first, and only then is it kept that they were. A crash or a failed delivery in between
 * has them sent again, by the retry or the next poll, under the same source keys, hence the same ids: none is lost or doubled.
 * Answers the ids that were sent.
 */
export function raiseAlerts(deps: RaiseDeps): MonitorActivities['raise_alerts'] {
  return async (request) => {
    const { poll } = deps.policy();
    const before = await deps.store.monitorState(request.component);
    const step = nextState(before, request.measurements, {
      for: poll.for,
      repeatEvery: poll.repeat_every,
    });
    if (step.raise.length + step.clear.length === 0) {
      await deps.store.saveMonitorState(request.component, step.state);
      return [];
    }
    await deps.store.saveMonitorState(request.component, unsent(before, step));
    const firing = await accept(deps, request, step.raise, 'firing');
    firing.sort((a, b) => compareSeverity(b.severity, a.severity));
    const alerts = [...firing, ...(await accept(deps, request, step.clear, 'resolved'))];
    await deps.intake.deliver(alerts);
    log.info('alerts sent', {
      component: request.component,
      alerts: alerts.map((alert) => `${alert.alert_id} ${alert.status} ${alert.fingerprint}`),
    });
    await deps.store.saveMonitorState(request.component, step.state);
    return alerts.map((alert) => alert.alert_id);
  };
}

/** One after the other, so that ids rise in the order of the measurements. */
async function accept(
  deps: RaiseDeps,
  request: RaiseRequest,
  episodes: Episode[],
  status: 'firing' | 'resolved',
): Promise<Alert[]> {
  const alerts: Alert[] = [];
  for (const { measurement, since } of episodes) {
    const now = deps.now();
    const input = toAlertInput(measurement, request.component, request.activeVersion, now, {
      since,
      status,
      poll: request.measurements,
    });
    alerts.push(await deps.store.acceptAlert(input, now, measurement));
  }
  return alerts;
}
