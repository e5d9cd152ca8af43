import type { OutgoingMessage, SentMessage } from '../domain/messages.ts';

/** Messages to Slack, GitHub, PagerDuty and Jira. Idempotent by `key`. Rejects when the system did not take it. */
export interface Connectors {
  send(message: OutgoingMessage, signal?: AbortSignal): Promise<SentMessage>;
}
