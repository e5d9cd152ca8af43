/** The systems that are told something. */
export type ConnectorName = 'slack' | 'github' | 'pagerduty' | 'jira';

/** One thing to say to one system. `key` makes it happen once: the same key again answers with the first result. */
export interface OutgoingMessage {
  connector: ConnectorName;
  /** `post`, `update`, `create_issue`, `comment`, `close_issue`, `page`, `acknowledge`, `create_ticket`. */
  operation: string;
  key: string;
  incident_id: string;
  /** Channel, repository, service or project. */
  target: string;
  /** For update, comment, close: the `ref` that the first message got. */
  ref?: string;
  title: string;
  body: string;
}

export interface SentMessage {
  /** The system's own id of the thing, or the outbox's. */
  ref: string;
  /** `recorded`: kept in the outbox, not sent anywhere. `sent`: the system confirmed it, read back. */
  status: 'recorded' | 'sent';
  url: string | null;
}
