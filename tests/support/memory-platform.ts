import type {
  Deployment,
  DriftReport,
  Infrastructure,
  MetricsAggregate,
  ModelInfo,
  PlatformHealth,
} from '../../src/domain/platform.ts';
import { type Platform, PlatformError } from '../../src/platform/port.ts';

/** What a platform under test says; change it between calls. Set `failure` to have every call reject with it. */
export interface PlatformState {
  info: ModelInfo;
  deployments: Deployment[];
  drift: DriftReport;
  health: PlatformHealth['status'];
  infrastructure: Infrastructure;
  metrics: MetricsAggregate;
  failure: PlatformError | null;
}

/** The reading half of the platform port over a plain object; whatever changes production is refused. */
export function memoryPlatform(state: PlatformState): Platform {
  const read =
    <T>(value: () => T) =>
    async (): Promise<T> => {
      if (state.failure) throw state.failure;
      return value();
    };
  const refuse = async (): Promise<never> => {
    throw new PlatformError('this platform only reads', 501);
  };
  return {
    health: read(() => ({
      status: state.health,
      model: state.info.model,
      active_version: state.info.active_version,
      uptime_seconds: 60,
    })),
    modelInfo: read(() => state.info),
    deployments: read(() => state.deployments),
    drift: read(() => state.drift),
    metricsAggregate: read(() => state.metrics),
    pipelines: read(() => []),
    infrastructure: read(() => state.infrastructure),
    training: refuse,
    trainings: read(() => []),
    triggerTraining: refuse,
    stopTraining: refuse,
    deploy: refuse,
    rollback: refuse,
    runPipeline: refuse,
    scale: refuse,
  };
}
