/** A reproducible stream of random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/** 32-bit hash of a list of labels (FNV-1a), so that every purpose has a stream of its own: `streamSeed(7, 'live', 42)`. */
function streamSeed(...labels: (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of labels.join('/')) {
    hash ^= character.charCodeAt(0);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/**
 * The stream that belongs to these labels: the same labels, the same numbers, whenever and however often it is asked.
 * Generator: sfc32 (Doty-Humphrey, PractRand); normals by Marsaglia's polar method.
 */
export function randomStream(...labels: (string | number)[]): Random {
  let a = streamSeed(...labels, 'a') | 0;
  let b = streamSeed(...labels, 'b') | 0;
  let c = streamSeed(...labels, 'c') | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  const uniform = (): number => next() / 4_294_967_296;
  let spare: number | null = null;
  const normal = (): number => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const square = u * u + v * v;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = v * factor;
      return u * factor;
    }
  };
  return { uniform, normal };
}

/** A binomial draw: by trials when small, else by its normal approximation. */
export function binomial(random: Random, n: number, p: number): number {
  const variance = n * p * (1 - p);
  if (variance > 25) {
    return Math.min(n, Math.max(0, Math.round(n * p + Math.sqrt(variance) * random.normal())));
  }
  // Few expected successes (or failures): skip from one to the next by geometric gaps.
  const flip = p > 0.5;
  const rare = flip ? 1 - p : p;
  if (rare <= 0) return flip ? n : 0;
  let hits = 0;
  let at = -1;
  for (;;) {
    at += 1 + Math.floor(Math.log(1 - random.uniform()) / Math.log(1 - rare));
    if (at >= n) return flip ? n - hits : hits;
    hits++;
  }
}
