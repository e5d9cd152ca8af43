import type { Measurement } from '../../src/domain/measurement.ts';
import { listNames } from '../../src/domain/text.ts';
import { MEASURING_TOOLS } from '../../src/domain/tools.ts';
import { type MonitorRuleState, stateKey } from '../../src/domain/triggers/episodes.ts';
import type { RaiseRequest } from '../../workflows/contracts/monitor.ts';

/**
 * The rule `monitoring` of a component after a poll: firing for a tool that could not measure it, clear for one that can
 * again. A failure shared by several components is reported once, on the first of them.
 * @param known what the Monitor remembers: a tool that never failed is left out
 */
export function monitoringOf(
  component: string,
  { at, failures }: Pick<RaiseRequest, 'at' | 'failures'>,
  known: Readonly<Record<string, MonitorRuleState>>,
): Measurement[] {
  return MEASURING_TOOLS.flatMap((tool): Measurement[] => {
    const failure = failures.find((each) => each.tool === tool && each.components.includes(component));
    if (failure !== undefined && failure.components[0] !== component) return [];
    const rule = { rule: 'monitoring', subject: tool } as const;
    if (failure === undefined && !(stateKey(rule) in known)) return [];
    return [
      {
        ...rule,
        state: failure ? 'firing' : 'clear',
        // It fails or it does not: no distance past a limit, hence always a warning.
        value: null,
        threshold: 0,
        window: { from: at, to: at },
        samples: {},
        // Its incident speaks for all of them.
        numbers: failure ? { components: failure.components.length } : {},
        query: '',
        text: failure
          ? `${tool} cannot measure ${listNames(failure.components)}: ${failure.message}`
          : `${tool} measures ${component} again`,
        clears: `clears when ${tool} measures again`,
      },
    ];
  });
}
