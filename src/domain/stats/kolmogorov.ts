/** P(K > λ) of the Kolmogorov distribution; the series that converges fast is chosen by λ (Numerical Recipes, §6.14). */
export function kolmogorovTail(lambda: number): number {
  if (lambda <= 0) return 1;
  if (lambda < 1.18) {
    const y = Math.exp(-(Math.PI ** 2) / (8 * lambda * lambda));
    const cdf = (Math.sqrt(2 * Math.PI) / lambda) * (y + y ** 9 + y ** 25 + y ** 49);
    return Math.min(1, Math.max(0, 1 - cdf));
  }
  const x = Math.exp(-2 * lambda * lambda);
  return Math.max(0, 2 * (x - x ** 4 + x ** 9));
}

/**
 * P(Dₙ ≥ d) of one sample of n values against its own continuous distribution, equal to `scipy.stats.kstwo.sf(d, n)`: the
 * method goes by n and d, where each is exact or nearly (Simard and L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov
 * distribution", Journal of Statistical Software 39(11), 2011). At worst, for n just above 140, p is off by some 3e-6.
 */
export function oneSampleTail(d: number, n: number): number {
  if (d >= 1) return 0;
  // No n values come closer to a continuous distribution than this.
  if (n * d <= 0.5) return 1;
  // Far out, both sides at once hardly happen: twice one side.
  if (d >= 0.5 || n * d * d >= (n <= 140 ? 4 : 2.2)) return Math.min(1, 2 * oneSidedTail(d, n));
  const cdf = n <= 140 || (n <= 100_000 && n * d ** 1.5 <= 1.4) ? byDurbin(d, n) : byPelzGood(d, n);
  return Math.min(1, Math.max(0, 1 - cdf));
}

/** Up to this size every term is added; beyond, the sum's limit is right to nine digits. */
const SUMMED_UP_TO = 1_000_000;

/**
 * P(D⁺ₙ ≥ d), one-sided: Σ_{j=0}^{⌊n(1−d)⌋} C(n, j) d (d + j/n)^{j−1} (1 − d − j/n)^{n−j} (Birnbaum and Tingey, Annals of
 * Mathematical Statistics 22, 1951). For very large n e^{−(6nd+1)²/(18n)} (Maag and Dicaire, Biometrika 58, 1971).
 */
function oneSidedTail(d: number, n: number): number {
  if (n > SUMMED_UP_TO) return Math.exp(-((6 * n * d + 1) ** 2) / (18 * n));
  let logChoose = 0;
  let tail = 0;
  for (let j = 0; 1 - d - j / n > 0; j++) {
    tail += d * Math.exp(logChoose + (j - 1) * Math.log(d + j / n) + (n - j) * Math.log(1 - d - j / n));
    logChoose += Math.log((n - j) / (j + 1));
  }
  return tail;
}

/**
 * P(Dₙ < d) = n!/nⁿ · (Hⁿ)ₖₖ with k = ⌈nd⌉ and H of side 2k − 1 (Durbin 1973; Marsaglia, Tsang and Wang, Journal of
 * Statistical Software 8(18), 2003): exact, O(k³ log n).
 */
function byDurbin(d: number, n: number): number {
  const k = Math.ceil(n * d);
  const side = 2 * k - 1;
  const h = k - n * d;
  const matrix = new Float64Array(side * side);
  const factorial = [1];
  for (let i = 1; i <= side; i++) factorial.push(factorial[i - 1]! * i);
  for (let i = 0; i < side; i++)
    for (let j = 0; j <= Math.min(i + 1, side - 1); j++) {
      let entry = 1;
      if (j === 0) entry -= h ** (i + 1);
      if (i === side - 1) entry -= h ** (side - j);
      if (j === 0 && i === side - 1) entry += Math.max(0, 2 * h - 1) ** side;
      matrix[i * side + j] = entry / factorial[i - j + 1]!;
    }
  let result: Scaled | null = null;
  let square: Scaled = { matrix, log: 0 };
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = result === null ? square : product(result, square, side);
    if (left > 1) square = product(square, square, side);
  }
  const centre = result!.matrix[(k - 1) * side + k - 1]!;
  let log = result!.log + Math.log(centre);
  for (let i = 1; i <= n; i++) log += Math.log(i / n);
  return Math.exp(log);
}

/** A matrix to be multiplied by e^log: powers are kept with 1 as their largest entry, so that nothing overflows. */
interface Scaled {
  matrix: Float64Array;
  log: number;
}

function product(a: Scaled, b: Scaled, side: number): Scaled {
  const matrix = new Float64Array(side * side);
  let largest = 0;
  for (let i = 0; i < side; i++) {
    for (let k = 0; k < side; k++) {
      const factor = a.matrix[i * side + k]!;
      for (let j = 0; j < side; j++) matrix[i * side + j]! += factor * b.matrix[k * side + j]!;
    }
    for (let j = 0; j < side; j++) largest = Math.max(largest, matrix[i * side + j]!);
  }
  for (let i = 0; i < matrix.length; i++) matrix[i]! /= largest;
  return { matrix, log: a.log + b.log + Math.log(largest) };
}

/** Terms of Pelz and Good's sums that are added: where they are used the next would be below 1e-300. */
const TERMS = 20;

/**
 * P(Dₙ ≤ d) ≈ K₀(z) + K₁(z)/√n + K₂(z)/n + K₃(z)/n^{3/2} with z = √n·d (Pelz and Good, JRSS B 38, 1976, in the form of Simard
 * and L'Ecuyer).
 */
function byPelzGood(d: number, n: number): number {
  const root = Math.sqrt(n);
  const z = root * d;
  // Below, the sums are smaller than the smallest number.
  if (z < 0.05) return 0;
  const z2 = z * z;
  let [k0, k1, k2, k3] = [0, 0, 0, 0];
  for (let k = 0.5; k < TERMS; k++) {
    const u = (Math.PI * k) ** 2;
    const weight = 2 * Math.exp(-u / (2 * z2));
    k0 += weight;
    k1 += weight * (u - z2);
    k2 += weight * (6 * z2 ** 3 + 2 * z2 ** 2 + u * (2 * z2 ** 2 - 5 * z2) + u * u * (1 - 2 * z2));
    k3 +=
      weight *
      (u ** 3 * (5 - 30 * z2) +
        u * u * (-60 * z2 + 212 * z2 ** 2) +
        u * (135 * z2 ** 2 - 96 * z2 ** 3) -
        (30 * z2 ** 3 + 90 * z2 ** 4));
  }
  let [whole2, whole3] = [0, 0];
  for (let k = 1; k < TERMS; k++) {
    const u = (Math.PI * k) ** 2;
    const weight = 2 * Math.exp(-u / (2 * z2));
    whole2 += weight * u;
    whole3 += weight * (3 * u * z2 - u * u);
  }
  return (
    Math.sqrt(Math.PI / 2) *
    (k0 / z +
      k1 / (6 * z ** 4 * root) +
      (k2 / (72 * z ** 7) - whole2 / (36 * z ** 3)) / n +
      (k3 / (6_480 * z ** 10) + whole3 / (216 * z ** 6)) / (n * root))
  );
}
