/**
 * Words that a model may not use towards people, and the form of the others. They reach Slack, GitHub and Temporal Web, which
 * render markup, and an approver reads them a moment before the decision.
 */

const UNWANTED: readonly [what: string, said: RegExp][] = [
  ['a link', /\w:\/\/|\bwww\.|\bmailto:|\b[\w-]+(?:\.[\w-]+)+\/\S/i],
  ['a mention of somebody', /(?<!\w)@\w|<[!@#]/],
  ['words on approval, which only people give', /\bapprov(?:e[ds]?|ing)\b|\bgranted\b/i],
];

/** Links, mentions and approvals in a text as it was written, as faults. */
export const wordingFaults = (text: string): string[] =>
  UNWANTED.filter(([, said]) => said.test(text)).map(([what]) => `it holds ${what}; leave that out`);

/** One line without markup; names with underscores stay whole. */
export function plain(text: string): string {
  return text
    .replace(/\p{Cf}/gu, '')
    .replace(/[`*[\]<>|]/g, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/(^|\s)#{1,6}\s/g, '$1')
    .trim();
}
