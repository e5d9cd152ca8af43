/** What the worker runs; the names of these functions are the workflow types. */
export { incident } from './incident/workflow.ts';
export { investigation } from './investigation.ts';
export { poll } from './poll.ts';
