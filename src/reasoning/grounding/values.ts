import { isNear, type NumberMention, numbersIn } from './numbers.ts';

/**
 * Compares the values in a sentence with the fields that measured them: the PSI of V14, the F1 of v2, cpu; whether a metric rose
 * or fell; whether a feature drifted. Only plain forms are read: a name, a metric and a number close together.
 *
 * Not caught: numbers before their metric ("0.61 is the PSI of V14"); a value of the right field but of another time or
 * version ("F1 is 0.91 now", where that is the baseline); a known number or time that is given for something else ("1,800 frauds were
 * missed", "v1 is live since …" with v2's date); a number of the policy after "above" or "more than"; directions of what was
 * measured only once; whether a run failed; who did something, and why.
 */

export interface Values {
  /** Each number with the path of its field and the names (features, versions, series) that it belongs to. */
  fields: { path: string; value: number; of: readonly string[] }[];
  /** A value and what it was before, or is compared with. */
  changes: { path: string; from: number; to: number }[];
  drifted: Map<string, boolean>;
}

/** Now and before: their difference, absolute and relative, is as good as measured. */
const PAIRS = [
  ['f1', 'baseline_f1'],
  ['flagged_share', 'baseline_flagged_share'],
  ['mean_current', 'mean_reference'],
  ['after', 'before'],
] as const;

/** Metrics by their words, and the paths of the fields that hold them. */
const METRICS: readonly [said: string, path: RegExp][] = [
  ['F1(?:[- ]score)?|f1(?:[- ]score)?', /f1/],
  ['[Pp]recision', /precision/],
  ['[Rr]ecall', /recall/],
  ['[Aa]ggregate(?: corrected)?(?: PSI)?', /aggregate/],
  ['PSI', /psi|aggregate/],
  ['p99(?: latency)?|[Ll]atency(?: p99)?', /latency/],
  ['CPU|cpu', /cpu/],
  ['[Mm]emory', /memory/],
  ['[Nn]ull rate|[Nn]ulls', /null/],
  ['[Ff]lagged', /flagged/],
];
const METRIC = `(?<![\\w-])(?:${METRICS.map(([said]) => said).join('|')})(?![\\w-])`;
const NUMBER = String.raw`(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?: ?(?:%|percent|ms|s)(?!\w))?`;
/** Words that may stand between a metric and its number. */
const LINK =
  'is|was|are|were|of|at|has|had|now|only|about|around|just|currently|scores?|values?|utili[sz]ation|usage|latency|' +
  'fine|normal|full|stays?|stayed|remains?|remained|stands|high|low|reached|saturated|collapsed|fell|fallen|dropped|decreased|declined|' +
  'rose|risen|increased|climbed|went|up|down|to|from|by|an?|the|its';
const GAP = `(?:[\\s:=~≈(]|\\b(?:${LINK})\\b){0,12}?`;
const listOf = (item: string) => `${item}(?:(?:, and |, | and |/)${item})*`;

const UP = /\b(rose|risen|increased|climbed|improved|grew|jumped|went up)\b/;
const DOWN = /\b(fell|fallen|dropped|decreased|declined|collapsed|sank|went down)\b/;
/** Between a name and a metric, these words mean that the metric is of something else. */
const ELSEWHERE = /\b(aggregate|overall|while|whereas|but|than)\b/;
const TIMES =
  /\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?)?|\b\d{1,2}:\d\d(?::\d\d)?\b|\bev_\w+|(?<!\S)\S*…/g;

/** Reads the facts of a piece of evidence. The buckets of a trend are left out: nobody is shown them. */
export function valuesOf(facts: unknown): Values {
  const values: Values = { fields: [], changes: [], drifted: new Map() };
  read(facts, '', [], values);
  return values;
}

function read(value: unknown, path: string, of: readonly string[], values: Values): void {
  if (typeof value === 'number') values.fields.push({ path, value, of });
  else if (Array.isArray(value)) for (const item of value) read(item, path, of, values);
  else if (value !== null && typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    const { feature, version, series, drifted } = fields;
    const named = [...of, ...[feature, version, series].filter((name) => typeof name === 'string')];
    if (typeof drifted === 'boolean') values.drifted.set(String(feature), drifted);
    const own = typeof series === 'string' ? `${path}.${series}` : path;
    for (const [now, before] of PAIRS) {
      const [to, from] = [fields[now], fields[before]];
      if (typeof to !== 'number' || typeof from !== 'number') continue;
      values.changes.push({ path: `${own}.${now}`, from, to });
      for (const change of [to - from, (to - from) / from])
        values.fields.push({ path: `${own}.${now}`, value: change, of: named });
    }
    for (const [name, inner] of Object.entries(fields))
      if (name !== 'points') read(inner, `${own}.${name}`, named, values);
  }
}

/** The parts of a sentence that the values contradict. */
export function valueFaults(sentence: string, values: Values): string[] {
  const text = sentence.replace(TIMES, ' § ');
  return [
    ...new Set([
      ...ofMetrics(text, values),
      ...ofNames(text, values),
      ...ofDirections(text, values),
      ...ofDrift(text, values),
    ]),
  ];
}

const wordsOf = (list: string, item: string) =>
  [...list.matchAll(new RegExp(item, 'g'))].map(([word]) => word);
const pathOf = (metric: string) => METRICS.find(([said]) => new RegExp(`^(?:${said})$`).test(metric))![1];

/** Pairs names with numbers in their order; where there are several names and another count of numbers, nothing is paired. */
function paired(names: readonly string[], numbers: readonly NumberMention[]): [string, NumberMention][] {
  if (names.length > 1 && names.length !== numbers.length) return [];
  return names.map((name, i) => [name, numbers[i]!]);
}

function wrong(said: NumberMention, known: Values['fields']): boolean {
  return known.length > 0 && !known.some(({ value }) => isNear(value, said));
}

/** "F1 is 0.83", "precision and recall are 0.99 and 0.72", "cpu at 47 %". */
function ofMetrics(text: string, { fields }: Values): string[] {
  const said = new RegExp(`(${listOf(METRIC)})${GAP}(${listOf(NUMBER)})`, 'g');
  return [...text.matchAll(said)].flatMap(([, metrics, numbers]) =>
    paired(wordsOf(metrics!, METRIC), numbersIn(numbers!)).flatMap(([metric, number]) => {
      const known = fields.filter(({ path }) => pathOf(metric).test(path));
      return wrong(number, known) ? `${number.text} is not the ${metric}` : [];
    }),
  );
}

/** "V14 and V17 (PSI 0.81 and 0.61)", "PSI of V14: 0.81", "v2 has 0.83". */
function ofNames(text: string, { fields }: Values): string[] {
  const names = [...new Set(fields.flatMap(({ of }) => of))].sort((a, b) => b.length - a.length);
  if (names.length === 0) return [];
  const name = `(?<![\\w-])(?:${names.map((one) => one.replace(/\W/g, '\\$&')).join('|')})(?![\\w-])`;
  const forms = [
    `(?<names>${listOf(name)})(?<gap>[^\\d;]{0,80}?)(?<metric>${METRIC})${GAP}(?<numbers>${listOf(NUMBER)})`,
    `(?<metric>${METRIC})(?<gap>(?: of| for| in)? )(?<names>${listOf(name)})${GAP}(?<numbers>${listOf(NUMBER)})`,
    `(?<names>${name})(?<gap>\\s?(?:=|:|at|has|had|now has)\\s?)(?<numbers>\\d*\\.\\d+(?: ?%)?)`,
  ];
  return forms.flatMap((form) =>
    [...text.matchAll(new RegExp(form, 'g'))].flatMap(({ groups }) => {
      if (ELSEWHERE.test(groups!.gap!)) return [];
      const metric = groups!.metric;
      return paired(wordsOf(groups!.names!, name), numbersIn(groups!.numbers!)).flatMap(([one, number]) => {
        const known = fields.filter(
          ({ of, path }) => of.includes(one) && (metric === undefined || pathOf(metric).test(path)),
        );
        return wrong(number, known) ? `${number.text} is not the ${metric ?? 'value'} of ${one}` : [];
      });
    }),
  );
}

/** "F1 rose", and "from 0.83 to 0.91" where it was the other way round. */
function ofDirections(text: string, { changes }: Values): string[] {
  const faults: string[] = [];
  for (const [found, metric, gap, verb] of text.matchAll(
    new RegExp(`(${METRIC})([^.;,\\d]{0,30}?)(${UP.source}|${DOWN.source})`, 'g'),
  )) {
    const known = changes.filter(({ path }) => pathOf(metric!).test(path));
    const sign = UP.test(verb!) ? 1 : -1;
    if (/\b(not|never|no)\b/.test(gap!) || new RegExp(METRIC).test(gap!) || known.length === 0) continue;
    if (known.every(({ from, to }) => Math.sign(to - from) === -sign)) faults.push(`"${found}": it did not`);
  }
  for (const [found, ...ends] of text.matchAll(
    new RegExp(`\\bfrom (${NUMBER})(?: back)? to (${NUMBER})`, 'g'),
  )) {
    const [a, b] = ends.map((end) => numbersIn(end)[0]!);
    const are = (from: NumberMention, to: NumberMention) =>
      changes.some((change) => isNear(change.from, from) && isNear(change.to, to));
    if (are(b!, a!) && !are(a!, b!)) faults.push(`"${found}": it was the other way round`);
  }
  return faults;
}

/** "V14 drifted", "V14 did not drift", "2 of 29 features drifted". */
function ofDrift(text: string, { drifted }: Values): string[] {
  if (drifted.size === 0) return [];
  const name = `(?<![\\w-])(?:${[...drifted.keys()].map((one) => one.replace(/\W/g, '\\$&')).join('|')})(?![\\w-])`;
  const said = new RegExp(
    `(${listOf(name)})(?: \\([^)]*\\))?(?: both| all| have| has)*( (?:did|do|does|have|has) not| didn[’']t)? drift(?:ed)?\\b`,
    'g',
  );
  const wrongly = [...text.matchAll(said)].flatMap(([, names, not]) =>
    wordsOf(names!, name).filter((one) => drifted.get(one) === (not !== undefined)),
  );
  const count = [...drifted.values()].filter(Boolean).length;
  const counted = text.matchAll(/\b(\d+)(?: (?:out )?of (?:the )?\d+)? features (?:have )?drifted\b/g);
  return [
    ...wrongly.map((one) => `${one} ${drifted.get(one) ? 'drifted' : 'did not drift'}`),
    ...[...counted].filter(([, n]) => Number(n) !== count).map(([found]) => `"${found}": ${count} did`),
  ];
}
