import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { sampleAlert, sampleEvent, sampleView } from './samples.ts';

/** One of several processes that write to the same store at once; prints what it was allotted as JSON. */
const [path, name, count] = process.argv.slice(2) as [string, string, string];
const store = openSqliteStore(path);
const at = new Date('2026-02-28T14:32:00Z');
const alerts: string[] = [];
const incidents: string[] = [];
for (let i = 0; i < Number(count); i++) {
  // Shared keys are allotted by whoever comes first; both must see the same id.
  alerts.push((await store.acceptAlert(sampleAlert({ source_key: `${name}-${i}` }), at)).alert_id);
  alerts.push((await store.acceptAlert(sampleAlert({ source_key: `shared-${i}` }), at)).alert_id);
  incidents.push(await store.allotIncident('incident-test-classifier', `shared-run-${i}`, at));
  await store.record(sampleView({ run_id: name, version: i }), [sampleEvent()]);
}
store.close();
console.log(JSON.stringify({ alerts, incidents }));
