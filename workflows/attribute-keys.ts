import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** Search attributes of incidents, importable from workflow code. Ten keywords are the most a dev server takes. */
const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

export const AgentOpsComponent = keyword('AgentOpsComponent');
export const AgentOpsSeverity = keyword('AgentOpsSeverity');
export const AgentOpsPhase = keyword('AgentOpsPhase');
export const AgentOpsStatus = keyword('AgentOpsStatus');
/** `none`, `pending`, or how the last approval ended. */
export const AgentOpsApproval = keyword('AgentOpsApproval');
export const AgentOpsAlertType = keyword('AgentOpsAlertType');
export const AgentOpsIncidentId = keyword('AgentOpsIncidentId');

export const ATTRIBUTE_KEYS = [
  AgentOpsComponent,
  AgentOpsSeverity,
  AgentOpsPhase,
  AgentOpsStatus,
  AgentOpsApproval,
  AgentOpsAlertType,
  AgentOpsIncidentId,
];
