import { expect, test } from '@jest/globals';
import { incidentIdsIn } from './terms.ts';

test.each([
  ['what happened in INC-2026-0115?', ['INC-2026-0115']],
  ['inc-2026-0115 and 2026-0303-2', ['INC-2026-0115', 'INC-2026-0303-2']],
  ['the drift of 2026-01-15, 12026-0115 rows', []],
])('"%s" names %j', (query, ids) => {
  expect([...incidentIdsIn(query)]).toEqual(ids);
});
