/** Counts of right and wrong decisions at thresholds, which most metrics of classification are made of. */
import { z } from 'zod';
import { toRank } from '../core/loss.ts';
import { ModelError } from '../core/errors.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { alike } from '../losses/alike.ts';
import { oneHot } from '../losses/sparseCategoricalCrossentropy.ts';

/** Where predictions are decided: `prediction · scale > value`. */
export interface Thresholds { readonly values: readonly number[]; readonly scale: number }

/**
 * What is counted at T thresholds. `above`, [T, 2]: the weight of the examples above each threshold that are positive and that are negative;
 * `all`, [2]: that of all positive and all negative ones. With L labels counted apart [L, T, 2] and [L, 2].
 */
export type Counts = Readonly<Record<'above' | 'all', Tensor>>;

/** Shapes of the counts. */
export const countShapes = ({ values }: Thresholds, labels: readonly number[] = []) => ({ above: [...labels, values.length, 2], all: [...labels, 2] });

const unit = z.number().min(0).max(1);

/** One threshold, several, or `null` for the default. */
export const thresholdsOption = z.union([unit, z.array(unit).min(1).readonly()]).nullable().default(null);
export const classIdOption = z.int().min(0).nullable().default(null);

export const thresholdsOf = (given: z.output<typeof thresholdsOption>, byDefault = 0.5): Thresholds => ({ values: [given ?? byDefault].flat(), scale: 1 });

/**
 * `count` thresholds spread evenly from 0 to 1. Predictions are scaled instead of the thresholds, as Keras does: then both round alike.
 * With `ends` the outer thresholds lie beyond 0 and 1.
 */
export const evenThresholds = (count: number, ends: boolean): Thresholds =>
  ({ values: Array.from({ length: count }, (_, i) => (ends && i === 0 ? -1 : i)), scale: count - 1 });

/** The scores that are among the `k` best of their row; the others become -1e10, below any threshold. */
function bestOf(p: Tensor, k: number): Tensor {
  const classes = p.shape.at(-1)!;
  let rest = p;
  for (let i = 0; i < Math.min(k, classes); i++) rest = tf.where(tf.cast(oneHot(tf.argMax(rest, -1), classes), 'bool'), -Infinity, rest);
  return tf.where(tf.equal(rest, -Infinity), p, -1e10);
}

function classOf(where: string, x: Tensor, classId: number): Tensor {
  if (classId >= x.shape.at(-1)!) throw new ModelError(where, `classId is ${classId}, but there are ${x.shape.at(-1)} classes (0–${x.shape.at(-1)! - 1})`);
  return tf.slice(x, [...Array<number>(x.rank - 1).fill(0), classId], [...Array<number>(x.rank - 1).fill(-1), 1]);
}

export interface Counted {
  readonly thresholds: Thresholds;
  readonly topK?: number | null;
  readonly classId?: number | null;
  /** Whether each label (column) is counted by itself. */
  readonly apart?: boolean;
  /** How much each column counts. */
  readonly labelWeights?: readonly number[] | null;
}

/** The counts after one more batch. Any target but 0 is positive. */
export function count(where: string, { above, all }: Counts, yTrue: Tensor, yPred: Tensor, weights: Tensor | undefined, { thresholds, topK, classId, apart = false, labelWeights }: Counted): Counts {
  let [t, p] = alike(where, yTrue, yPred);
  if (topK) p = bestOf(p, topK);
  if (typeof classId === 'number') [t, p] = [classOf(where, t, classId), classOf(where, p, classId)];
  const positive = tf.cast(tf.notEqual(t, 0), 'float32');
  const columns = p.shape.at(-1)!;
  const rows = (x: Tensor): Tensor => (apart ? tf.transpose(tf.reshape(x, [-1, columns])) : tf.reshape(x, [-1]));
  let sides: [Tensor, Tensor] = [positive, tf.sub(1, positive)];
  if (weights) sides = sides.map((side) => tf.mul(side, toRank(weights, p.rank))) as [Tensor, Tensor];
  if (labelWeights) sides = sides.map((side) => tf.mul(side, labelWeights as number[])) as [Tensor, Tensor];
  const share = tf.stack(sides.map(rows), -1);
  const scores = rows(thresholds.scale === 1 ? p : tf.mul(p, thresholds.scale));
  // One comparison with all thresholds, then a matrix product counts: [T, N] · [N, 2].
  const decided = tf.cast(tf.greater(tf.expandDims(scores, -2), tf.tensor2d([...thresholds.values], [thresholds.values.length, 1])), 'float32');
  return { above: tf.add(above, tf.matMul(decided, share)), all: tf.add(all, tf.sum(share, -2)) };
}

/** True and false positives and negatives, [T] or [L, T]. */
export function outcomes({ above, all }: Counts) {
  const [truePositives, falsePositives] = tf.unstack(above, -1) as [Tensor, Tensor];
  const [positives, negatives] = tf.unstack(tf.expandDims(all, -2), -1) as [Tensor, Tensor];
  return { truePositives, falsePositives, trueNegatives: tf.sub(negatives, falsePositives), falseNegatives: tf.sub(positives, truePositives) };
}

/** `a / (a + b)`, 0 where both are 0. */
export const shareOf = (a: Tensor, b: Tensor): Tensor => tf.divNoNan(a, tf.add(a, b));

/** The number itself where there is one threshold. */
export const single = (x: Tensor): Tensor => (x.size === 1 ? tf.reshape(x, []) : x);
