import { afterEach, expect, test } from '@jest/globals';
import { readOrCreateSecret } from '../../src/config/secrets.ts';
import { openWarehouse } from '../../src/warehouse/open.ts';
import { type SnowflakeServer, startSnowflakeServer } from '../support/snowflake-server.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage | undefined;
let server: SnowflakeServer | undefined;
afterEach(async () => {
  await stage?.close();
  await server?.close();
  stage = server = undefined;
});

test.each(['DuckDB', 'Snowflake'])(
  'drift from its detection to a verified repair, on %s',
  async (system) => {
    server = system === 'Snowflake' ? await startSnowflakeServer() : undefined;
    stage = await startStage(server && { snowflake: server.config, trafficPerSecond: 25 });
    await stage.drift();
    const { incident, approval: retrain } = await stage.asked('retrain_model', 180_000);
    expect(incident.diagnosis).toMatchObject({ category: 'upstream_change', diagnosed_by: 'rules' });
    expect(incident.diagnosis!.root_cause).toMatch(/V14.*V17/);
    expect(incident.diagnosis!.evidence.length).toBeGreaterThan(3);
    await stage.decide(incident, retrain, 'approve');
    const { approval: deploy } = await stage.asked('deploy_model', 180_000);
    await stage.decide(incident, deploy, 'approve');
    const end = await stage.incident(({ phase }) => phase === 'cooldown', 300_000);
    expect(end).toMatchObject({ status: 'resolved' });
    expect(await stage.platform.deployments()).toContainEqual(
      expect.objectContaining({ kind: 'deploy', from: 'v2', to: 'v3', incident: incident.incident_id }),
    );

    const { config } = stage.running;
    const warehouse = openWarehouse(config, readOrCreateSecret(config.dataDir, 'warehouse-token'));
    try {
      expect(warehouse.system).toBe(system);
      const window = { from: incident.opened_at, to: new Date(Date.now() + 1000).toISOString() };
      const { value } = await warehouse.incidents(window);
      expect(value).toMatchObject([{ incident_id: incident.incident_id, alert_type: 'model_drift' }]);
      const scored = await warehouse.predictionOutcomes({ model: 'classifier', version: 'v3', window });
      expect(scored.value.tp).toBeGreaterThan(50);
    } finally {
      await warehouse.close();
    }
  },
  800_000,
);
