import type { RemediateActivities } from '../../workflows/contracts.ts';
import type { RemediateDeps } from './deps.ts';
import { followTraining } from './follow-training.ts';
import { messageTools } from './messages.ts';
import { modelStatus } from './model-status.ts';
import { pipelineStatus, rerunPipeline } from './pipelines.ts';
import { requestHumanApproval } from './request-human-approval.ts';
import { capacityStatus, scaleInfrastructure } from './scale.ts';
import { deployModel, rollbackModel } from './swap-model.ts';
import { triggerRetraining } from './trigger-retraining.ts';

export type { RemediateDeps } from './deps.ts';

/** The Remediator's activities, under the names that Temporal shows. */
export function remediateActivities(deps: RemediateDeps): RemediateActivities {
  return {
    model_status: modelStatus(deps),
    trigger_retraining: triggerRetraining(deps),
    follow_training: followTraining(deps),
    deploy_model: deployModel(deps),
    rollback_model: rollbackModel(deps),
    pipeline_status: pipelineStatus(deps),
    rerun_pipeline: rerunPipeline(deps),
    capacity_status: capacityStatus(deps),
    scale_infrastructure: scaleInfrastructure(deps),
    ...messageTools(deps),
    request_human_approval: requestHumanApproval(deps),
  };
}
