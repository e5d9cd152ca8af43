import type { ApiDeps, Route } from './route.ts';
import { postAlerts } from './routes/alerts.ts';
import { postDecision } from './routes/approval.ts';
import { getEvidence } from './routes/evidence.ts';
import { getHealthz } from './routes/healthz.ts';
import { getIncident } from './routes/incident.ts';
import { getIncidents } from './routes/incidents.ts';
import { postOperation } from './routes/operate.ts';
import { getOutbox } from './routes/outbox.ts';
import { getIncidentQuery } from './routes/queries.ts';
import { getReadyz } from './routes/readyz.ts';
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
    postSimulate,
    getOutbox,
    getTokens,
    postToken,
    deleteToken,
    getHealthz,
    getReadyz,
  ].map((route) => route(deps));
}
