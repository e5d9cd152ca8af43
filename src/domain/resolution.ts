import { actionsTaken } from './actions/outcome.ts';
import { formatDuration } from './duration.ts';
import type { IncidentView, Resolution, TraceEvent } from './incident.ts';
import { traceMermaid } from './trace.ts';

/** The closing report of an incident (design §2). Durations that were not measured are said so, never guessed. */
export function resolutionOf(view: IncidentView, events: readonly TraceEvent[], url?: string): Resolution {
  const say = (ms: number | null) => (ms === null ? 'not measured' : formatDuration(ms));
  return {
    alert_id: view.diagnosis?.alert_id ?? view.symptoms[0]!.alert_id,
    incident_id: view.incident_id,
    actions_taken: actionsTaken(view, url),
    resolution_status: view.status,
    time_to_detect: say(view.detect_ms),
    time_to_diagnose: say(view.diagnose_ms),
    time_to_act: say(view.act_ms),
    detect_ms: view.detect_ms,
    diagnose_ms: view.diagnose_ms,
    act_ms: view.act_ms,
    f1_before: view.f1_before,
    f1_after: view.f1_after,
    trace_mermaid: traceMermaid(events),
  };
}
