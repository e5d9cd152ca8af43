import {
  acknowledgePagerduty,
  createGithubIssue,
  createJiraTicket,
  notifyDataTeam,
  sendSlackAlert,
} from './messages.ts';
import { rerunPipeline } from './rerun.ts';
import { retrainModel } from './retrain.ts';
import { scaleInfrastructure } from './scale.ts';
import { deployModel, rollbackModel } from './swap.ts';

/** The entries of the catalogue. A new action is one here and the activity of its tool, nothing else. */
export const ENTRIES = [
  sendSlackAlert,
  notifyDataTeam,
  createGithubIssue,
  createJiraTicket,
  acknowledgePagerduty,
  retrainModel,
  deployModel,
  rollbackModel,
  rerunPipeline,
  scaleInfrastructure,
] as const;
