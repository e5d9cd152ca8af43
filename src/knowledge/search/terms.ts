/** Words that say nothing about what is looked for; a question is mostly made of them. */
const STOP_WORDS = new Set(
  `a about an and are as at be been but by can could did do does for from had has have how i if in into is it its me my
  of on or our should so tell than that the their them then there these they this to us was we were what when where
  which who why will with would you your`.split(/\s+/),
);
/** Words that ask for a kind of document: it need not hold them to be the answer. */
const KIND_WORDS = new Set(
  `document documents earlier guide historical history incident incidents page pages past previous report reports runbook
  runbooks section sections similar`.split(/\s+/),
);
const MAX_TERMS = 64;

/** Whether a word, in lower case, says something about what is looked for. */
export function isTelling(word: string): boolean {
  return !STOP_WORDS.has(word);
}

/**
 * The terms that an answer should hold: not those that ask for a kind of document, nor numbers and names of particular
 * things (`V22`, `node17`) that stand in no document that may answer. All of them, if no others are left.
 */
export function subjectOf(
  terms: readonly string[],
  standsNowhere: (term: string) => boolean,
): readonly string[] {
  const subject = terms.filter((term) => !KIND_WORDS.has(term) && !(/\d/.test(term) && standsNowhere(term)));
  return subject.length > 0 ? subject : terms;
}

/** Text for the index: the words as they are, and the parts of camelCase beside the whole (`_` splits anyway). */
export function expandIdentifiers(text: string): string {
  return text.replace(
    /[\p{L}\p{N}]*\p{Ll}\p{Lu}[\p{L}\p{N}]*/gu,
    (word) => `${word} ${word.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')}`,
  );
}

/** The words of a query that matter, lower case, each once. Only letters and digits are left: FTS5 syntax is inert. */
export function queryTerms(query: string): string[] {
  const words =
    expandIdentifiers(query)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const telling = words.filter(isTelling);
  return [...new Set(telling.length > 0 ? telling : words)].slice(0, MAX_TERMS);
}

/** The incidents that a query names, however it writes them: `inc-2026-0115` and `2026-0115` are `INC-2026-0115`. */
export function incidentIdsIn(query: string): ReadonlySet<string> {
  const ids = query.matchAll(/\b(?:INC-)?(\d{4}-\d{4}(?:-\d+)?)\b/gi);
  return new Set(Array.from(ids, ([, number]) => `INC-${number}`));
}

/** An FTS5 expression that matches any of the terms. */
export function matchAny(terms: readonly string[]): string {
  return terms.map((term) => `"${term}"`).join(' OR ');
}
