import type { ApiDeps, Route } from './route.ts';
import { postAlerts } from './routes/alerts.ts';
import { postDecision } from './routes/approval.ts';
import { getEvidence } from './routes/evidence.ts';
import { getHealthz } from './routes/healthz.ts';
import { getIncident } from './routes/incident.ts';
import { getIncidents } from './routes/incidents.ts';
import { postIngest } from './routes/ingest.ts';
import { getInvestigation } from './routes/investigation.ts';
import { getInvestigationEvidence } from './routes/investigation-evidence.ts';
import { getInvestigationStream } from './routes/investigation-stream.ts';
import { getInvestigations, postInvestigation } from './routes/investigations.ts';
import { getMetrics } from './routes/metrics.ts';
import { postOperation } from './routes/operate.ts';
import { getOutbox } from './routes/outbox.ts';
import { getIncidentQuery } from './routes/queries.ts';
import { getReadyz } from './routes/readyz.ts';
import { postPause, postResume } from './routes/schedule-switch.ts';
import { getSchedules } from './routes/schedules.ts';
import { getSearch } from './routes/search.ts';
import { postAlertSignal, postDecideSignal, postOperateSignal } from './routes/signals.ts';
import { postSimulate } from './routes/simulate.ts';
import { postToken } from './routes/token-add.ts';
import { deleteToken } from './routes/token-remove.ts';
import { getTokens } from './routes/tokens.ts';

/** Every route of the API; what is not here is neither served nor documented. */
export function routes(deps: ApiDeps): Route[] {
  return [
    postAlerts,
    getIncidents,
    getIncident,
    getEvidence,
    postDecision,
    postOperation,
    postAlertSignal,
    postDecideSignal,
    postOperateSignal,
    getIncidentQuery,
    postInvestigation,
    getInvestigations,
    getInvestigation,
    getInvestigationEvidence,
    getInvestigationStream,
    postSimulate,
    getSchedules,
    postPause,
    postResume,
    getOutbox,
    getSearch,
    postIngest,
    getTokens,
    postToken,
    deleteToken,
    getHealthz,
    getReadyz,
    getMetrics,
  ].map((route) => route(deps));
}
