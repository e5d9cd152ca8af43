import { CATALOGUE } from './actions/catalogue.ts';
import { ACT } from './tool-limits.ts';
import { acting, TOOL_ROWS, type ToolRow } from './tool-rows.ts';

/** Every activity. The tools of actions stand in the catalogue, with their limits. */
export const TOOLS: Readonly<Record<string, ToolRow>> = {
  ...Object.fromEntries(CATALOGUE.map(({ tool, limits }) => [tool, { ...acting, limits: limits ?? ACT }])),
  ...TOOL_ROWS,
};

type Named<Kind> = {
  [Name in keyof typeof TOOL_ROWS]: (typeof TOOL_ROWS)[Name] extends { evidence: Kind } ? Name : never;
}[keyof typeof TOOL_ROWS];

/** A tool that measures. */
export type MeasuringTool = Named<'measurement'>;
/** A tool that reasoning may ask for. */
export type EvidenceTool = Named<'search' | 'reading' | 'measurement'>;

function namesOf(wanted: (kind: ToolRow['evidence']) => boolean): string[] {
  return Object.entries(TOOLS).flatMap(([name, { evidence }]) => (wanted(evidence) ? [name] : []));
}

export const MEASURING_TOOLS = namesOf((kind) => kind === 'measurement') as MeasuringTool[];
export const EVIDENCE_TOOLS = namesOf((kind) => kind !== undefined) as EvidenceTool[];
