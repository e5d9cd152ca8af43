import type { RemediateActivities } from '../../workflows/contracts/remediate.ts';
import { componentStatus } from './component-status.ts';
import type { RemediateDeps } from './deps.ts';
import { messageTools } from './messages.ts';
import { requestHumanApproval } from './request-human-approval.ts';
import { rerunPipeline } from './rerun-pipeline.ts';
import { followTraining, stopTraining, triggerRetraining } from './retrain.ts';
import { scaleInfrastructure } from './scale.ts';
import { deployModel, rollbackModel } from './swap-model.ts';

export type { RemediateDeps } from './deps.ts';

/** The Remediator's activities, under the names that Temporal shows. */
export function remediateActivities(deps: RemediateDeps): RemediateActivities {
  return {
    component_status: componentStatus(deps),
    trigger_retraining: triggerRetraining(deps),
    follow_training: followTraining(deps),
    stop_training: stopTraining(deps),
    deploy_model: deployModel(deps),
    rollback_model: rollbackModel(deps),
    rerun_pipeline: rerunPipeline(deps),
    scale_infrastructure: scaleInfrastructure(deps),
    ...messageTools(deps),
    request_human_approval: requestHumanApproval(deps),
  };
}
