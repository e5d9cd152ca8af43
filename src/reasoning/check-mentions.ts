/** What a sentence names, in the forms in which people and models write it; all of it must occur in what is cited. */

export interface NumberMention {
  text: string;
  value: number;
  decimals: number;
  unit: string;
}

export interface Mentions {
  /** Evidence ids within the text. */
  ids: string[];
  /** `2026-11-23 11:00`, `2026-11-23` or `11:00`, all in UTC. */
  times: string[];
  /** Features, versions, columns, files, incidents, run ids: whatever has a digit or an underscore in it. */
  names: string[];
  numbers: NumberMention[];
  /** Metrics and things by their words, as in `METRICS`. */
  metrics: string[];
  /** A feature and the PSI that is said of it. */
  psi: { feature: string; number: NumberMention }[];
  /** The text speaks of a document: a runbook, a report, an earlier incident. */
  ofDocument: boolean;
}

/** A metric as a text may call it, and what evidence that measured it contains. */
export const METRICS: Record<string, { said: RegExp; shown: RegExp }> = {
  F1: { said: /\bF1\b/i, shown: /\bf1(\b|_)/i },
  precision: { said: /\bprecision\b/i, shown: /precision/i },
  recall: { said: /\brecall\b/i, shown: /recall/i },
  PSI: { said: /\bPSI\b/, shown: /psi/i },
  KS: { said: /\bKS\b/, shown: /\bks\b/i },
  latency: { said: /\blatency\b|\bp99\b/i, shown: /latency|p99/i },
  nulls: { said: /\bnull(s|\b)/i, shown: /null/i },
  'flagged share': { said: /\bflagged\b/i, shown: /flagged/i },
  cpu: { said: /\bcpu\b/i, shown: /cpu/i },
  memory: { said: /\bmemory\b/i, shown: /memory/i },
  queue: { said: /\bqueue\b/i, shown: /queue/i },
  replicas: { said: /\breplicas?\b/i, shown: /replica/i },
  onset: { said: /\b(abrupt|gradual)(ly)?\b|\bonset\b/i, shown: /abrupt|gradual|onset/i },
  schema: { said: /\bschema\b/i, shown: /schema/i },
};

/** Words with digits that are no names: F1, F1-score, p99. */
const WORDS = /^(f1|p\d\d)(-[a-z]+)?$/i;
const UNIT = /^\s?(%|percent|percentage points?|points?|ms|s|seconds?|min|minutes?|h|hours?|k|M)(?![\w])/;
const NUMBER = /\d+(?:\.\d+)?e[-+]?\d+|\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?!\d)(?:\.\d+)?|\d*\.\d+|\d+/gi;

/** Reads a sentence. What was cut off ("vendor-fe…") is not held against it. */
export function mentionsOf(sentence: string): Mentions {
  const ofDocument = /\b(runbooks?|incidents?|on record|report)\b|INC-\d|\.(md|txt)\b/i.test(sentence);
  const metrics = Object.entries(METRICS).flatMap(([name, { said }]) => (said.test(sentence) ? name : []));
  const psi = psiOf(sentence);
  let rest = sentence.replace(/\S*…/g, ' ');
  /** Takes what matches out of the rest, so that nothing is read twice. */
  const take = (pattern: RegExp, wanted = /./): string[] => {
    const found: string[] = [];
    rest = rest.replace(pattern, (match) => {
      if (!wanted.test(match)) return match;
      found.push(match);
      return ' | ';
    });
    return found;
  };
  const ids = take(/\bev_\w+/g);
  const quoted = take(/`[^`]+`/g).map((text) => text.slice(1, -1));
  const files = take(/[\w-]+\.(?:md|txt)(?:#[\w-]+)?/g);
  const moments = take(/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z| UTC)?/g);
  const clocks = take(/\b\d{1,2}:\d\d(?::\d\d)?\b/g);
  const releases = take(/\b\d+(?:\.\d+){2,}\b/g);
  const words = take(/\b[A-Za-z_]\w*(?:[-./:@]\w+)*/g, /[\d_]/).filter((word) => !WORDS.test(word));
  return {
    ids,
    times: [...moments, ...clocks].map((time) => time.replace(/Z| UTC/, '').replace('T', ' ')),
    names: [...quoted, ...files, ...releases, ...words],
    numbers: numbersIn(rest),
    metrics,
    psi,
    ofDocument,
  };
}

/** Every number of a text with its decimals and unit; thousands may be parted by commas or spaces. */
export function numbersIn(text: string): NumberMention[] {
  return [...text.matchAll(NUMBER)].map((match) => {
    const plain = match[0].replace(/[,\u00a0\u202f ]/g, '');
    const unit = UNIT.exec(text.slice(match.index + match[0].length))?.[1] ?? '';
    const decimals = /e/i.test(plain) ? 12 : (plain.split('.')[1]?.length ?? 0);
    return { text: `${match[0]}${unit && ` ${unit}`}`, value: Number(plain), decimals, unit };
  });
}

/** `V14 (PSI 0.80)`, `V14 has a PSI of .8`; not "V14 and V17 (PSI 0.80 and 0.60)", where order would have to be guessed. */
function psiOf(sentence: string): Mentions['psi'] {
  const said =
    /(?<!and |, |\/)\b([A-Za-z]\w*)\b(?: has| had| with| at| shows| reached)?(?: an?)? \(?(?:corrected )?PSI(?: of| is| was|:| =)? (\d*\.?\d+)(?! ?(?:and|,|\/|to) ?[\d.])/g;
  return [...sentence.matchAll(said)].map((match) => ({
    feature: match[1]!,
    number: numbersIn(match[2]!)[0]!,
  }));
}
