import { defineCause } from './cause.ts';
import { details, since } from './words.ts';

/** A batch was loaded twice. There is no repair: another run would load it a third time. */
export const duplicateLoad = defineCause({
  name: 'duplicate_load',
  description: 'a batch was loaded twice.',
  remedy: 'Nothing that changes production: another run would make it three.',
  raises: ['data_quality'],
  rules: [
    { needs: ['rows_repeated'], supports: ['runs_duplicate', 'volume_high'], base: 0.84 },
    {
      needs: ['volume_high', 'runs_duplicate'],
      excludes: ['rows_repeated', 'latency_high'],
      base: 0.7,
    },
  ],
  sections: ['runbook_data_quality.md#section-4-4', 'runbook_data_quality.md#section-3-2'],
  notifies: 'data team',
  sentence: (c, readings) =>
    `The same data was loaded twice ${since(c)}${details(readings, 'rows_repeated', 'runs_duplicate', 'volume_high')}.`,
});
