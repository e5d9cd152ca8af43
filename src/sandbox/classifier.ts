import { setImmediate as breathe } from 'node:timers/promises';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Confusion } from '../domain/platform.ts';
import type { Random } from './random.ts';

/** Rows of numbers with their labels. `values` is row-major, `width` numbers per row. */
export interface Dataset {
  rows: number;
  width: number;
  values: Float64Array;
  labels: Uint8Array;
}

/** A logistic regression: `p = 1 / (1 + exp(-(intercept + weights · x)))`, fraud when p ≥ threshold. */
export interface Classifier {
  intercept: number;
  weights: number[];
  threshold: number;
}

const RIDGE = 1e-3;
const MAX_STEPS = 40;
const CONVERGED = 1e-6;

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** Probability of fraud for one row, which starts at `offset` of `values`. */
export function probability(model: Classifier, values: Float64Array, offset = 0): number {
  let z = model.intercept;
  for (let j = 0; j < model.weights.length; j++) z += model.weights[j]! * values[offset + j]!;
  return sigmoid(z);
}

/**
 * Fits by Newton steps (iteratively reweighted least squares) with a small ridge; a step that makes the fit worse is halved until it
 * does not. Between steps the event loop gets its
 * turn and `onStep` is told, which may throw to stop.
 * @throws Error when the data has one class only or the steps do not converge.
 */
export async function fitLogistic(
  data: Dataset,
  onStep: (step: number) => Promise<void>,
): Promise<Classifier> {
  const { rows, width, values, labels } = data;
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === rows) {
    throw new Error(`training needs rows of both classes, got ${positives} positives in ${rows} rows`);
  }
  const size = width + 1;
  const beta = new Float64Array(size);
  beta[width] = Math.log(positives / (rows - positives));
  const change = new Float64Array(size);
  let best = Number.POSITIVE_INFINITY;
  for (let step = 1; step <= MAX_STEPS; step++) {
    const gradient = new Float64Array(size);
    const hessian = new Float64Array(size * size);
    const x = new Float64Array(size);
    x[width] = 1;
    let loss = 0;
    for (let i = 0; i < rows; i++) {
      const start = i * width;
      let z = beta[width]!;
      for (let j = 0; j < width; j++) {
        x[j] = values[start + j]!;
        z += beta[j]! * x[j]!;
      }
      const p = sigmoid(z);
      loss += Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - labels[i]! * z;
      const residual = labels[i]! - p;
      const weight = p * (1 - p);
      for (let j = 0; j < size; j++) {
        gradient[j]! += residual * x[j]!;
        const wx = weight * x[j]!;
        for (let k = 0; k <= j; k++) hessian[j * size + k]! += wx * x[k]!;
      }
      if (i % 4096 === 4095) await breathe();
    }
    if (loss > best * (1 + 1e-9)) {
      for (let j = 0; j < size; j++) {
        change[j]! /= 2;
        beta[j]! -= change[j]!;
      }
      await onStep(step);
      continue;
    }
    best = loss;
    const matrix = new Matrix(size, size);
    for (let j = 0; j < size; j++) {
      gradient[j]! -= RIDGE * beta[j]!;
      for (let k = 0; k <= j; k++) {
        const value = hessian[j * size + k]! + (j === k ? RIDGE : 0);
        matrix.set(j, k, value);
        matrix.set(k, j, value);
      }
    }
    const solved = new CholeskyDecomposition(matrix).solve(Matrix.columnVector(gradient));
    let largest = 0;
    for (let j = 0; j < size; j++) {
      change[j] = solved.get(j, 0);
      beta[j]! += change[j]!;
      largest = Math.max(largest, Math.abs(change[j]!));
    }
    await onStep(step);
    if (largest < CONVERGED) {
      return { intercept: beta[width]!, weights: [...beta.subarray(0, width)], threshold: 0.5 };
    }
  }
  throw new Error(`training did not converge within ${MAX_STEPS} Newton steps`);
}

/** Confusion counts of a model over labelled rows. */
export async function evaluate(model: Classifier, data: Dataset): Promise<Confusion> {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (let i = 0; i < data.rows; i++) {
    const flagged = probability(model, data.values, i * data.width) >= model.threshold;
    if (data.labels[i]) counts[flagged ? 'tp' : 'fn']++;
    else counts[flagged ? 'fp' : 'tn']++;
    if (i % 16_384 === 16_383) await breathe();
  }
  return counts;
}

/** F1, precision, recall and flagged share of confusion counts; 0 where a ratio has no denominator. */
export function scores({ tp, fp, fn, tn }: Confusion) {
  const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  return {
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    flagged_share: ratio(tp + fp, tp + fp + fn + tn),
  };
}

/**
 * Permutation importance (Breiman 2001): one feature's values are shuffled over the rows, and the mean squared change of the
 * model's log-odds is what the model made of that feature; normalised to sum 1. (Loss of F1 would do as well but is
 * noisy at a few hundred positives.)
 */
export async function permutationImportance(
  model: Classifier,
  data: Dataset,
  random: Random,
): Promise<number[]> {
  const { rows, width, values } = data;
  const order = Uint32Array.from({ length: rows }, (_, i) => i);
  for (let i = rows - 1; i > 0; i--) {
    const k = Math.floor(random.uniform() * (i + 1));
    [order[i], order[k]] = [order[k]!, order[i]!];
  }
  const effects: number[] = [];
  for (let j = 0; j < width; j++) {
    let squares = 0;
    for (let i = 0; i < rows; i++) {
      squares += (values[order[i]! * width + j]! - values[i * width + j]!) ** 2;
    }
    effects.push((model.weights[j]! ** 2 * squares) / rows);
    await breathe();
  }
  const total = effects.reduce((sum, effect) => sum + effect, 0);
  return effects.map((effect) => effect / total);
}
