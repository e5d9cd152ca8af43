import type { MonitorActivities } from '../../workflows/contracts/monitor.ts';
import { checkDataQuality } from './check-data-quality.ts';
import { checkDrift } from './check-drift.ts';
import { checkModelHealth } from './check-model-health.ts';
import type { MonitorDeps } from './context.ts';
import { querySnowflake } from './query-snowflake.ts';
import { type RaiseDeps, raiseAlerts } from './raise-alerts.ts';

/** The Monitor's activities, under the names that Temporal shows. */
export function monitorActivities(deps: MonitorDeps & RaiseDeps): MonitorActivities {
  return {
    check_drift: checkDrift(deps),
    query_snowflake: querySnowflake(deps),
    check_data_quality: checkDataQuality(deps),
    check_model_health: checkModelHealth(deps),
    raise_alerts: raiseAlerts(deps),
  };
}
