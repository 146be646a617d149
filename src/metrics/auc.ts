import { z } from 'zod';
import { defineMetric } from '../core/metric.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { count, countShapes, evenThresholds, outcomes, shareOf, type Thresholds } from './confusion.ts';
import { columnsOf } from './columns.ts';

const options = z.strictObject({
  numThresholds: z.int().min(2).default(200),
  /** Receiver operating characteristic, precision and recall, or their gains (Flach & Kull 2015). */
  curve: z.enum(['ROC', 'PR', 'PRGAIN']).default('ROC'),
  summationMethod: z.enum(['interpolation', 'minoring', 'majoring']).default('interpolation'),
  /** In place of `numThresholds`: those between the ends. */
  thresholds: z.array(z.number().min(0).max(1)).readonly().nullable().default(null),
  /** Whether each column is a label with a curve of its own; the areas are averaged. */
  multiLabel: z.boolean().default(false),
  /** How many labels there are; what the model gives says it as well. */
  numLabels: z.int().positive().nullable().default(null),
  labelWeights: z.array(z.number().min(0)).readonly().nullable().default(null),
  fromLogits: z.boolean().default(false),
});
type Options = z.output<typeof options>;
type Outcomes = ReturnType<typeof outcomes>;

const thresholdsOf = ({ thresholds, numThresholds }: Options): Thresholds =>
  thresholds === null ? evenThresholds(numThresholds, true) : { values: [-1e-7, ...thresholds.toSorted((a, b) => a - b), 1 + 1e-7], scale: 1 };

const lastBut = (x: Tensor): Tensor => tf.slice(x, Array<number>(x.rank).fill(0), [...x.shape.slice(0, -1), x.shape.at(-1)! - 1]);
const firstBut = (x: Tensor): Tensor => tf.slice(x, [...Array<number>(x.rank - 1).fill(0), 1]);
const fall = (x: Tensor): Tensor => tf.sub(lastBut(x), firstBut(x));

/** Pieces of the area under precision over recall, between whose points precision is no straight line (Davis & Goadrich 2006). */
function precisionRecallPieces({ truePositives, falsePositives, falseNegatives }: Outcomes): Tensor {
  const claimed = tf.add(truePositives, falsePositives);
  const gained = fall(truePositives);
  const slope = tf.divNoNan(gained, tf.relu(fall(claimed)));
  const intercept = tf.sub(firstBut(truePositives), tf.mul(slope, firstBut(claimed)));
  const both = tf.logicalAnd(tf.greater(lastBut(claimed), 0), tf.greater(firstBut(claimed), 0));
  const growth = tf.where(both, tf.divNoNan(lastBut(claimed), firstBut(claimed)), 1);
  return tf.divNoNan(tf.mul(slope, tf.add(gained, tf.mul(intercept, tf.log(growth)))), firstBut(tf.add(truePositives, falseNegatives)));
}

/** Points of the curve, from the lowest threshold to the highest. */
function points(curve: Options['curve'], n: Outcomes): { x: Tensor; y: Tensor } {
  const recall = shareOf(n.truePositives, n.falseNegatives);
  if (curve === 'ROC') return { x: shareOf(n.falsePositives, n.trueNegatives), y: recall };
  if (curve === 'PR') return { x: recall, y: shareOf(n.truePositives, n.falsePositives) };
  const odds = tf.divNoNan(tf.add(n.truePositives, n.falseNegatives), tf.add(n.trueNegatives, n.falsePositives));
  const gain = (wrong: Tensor) => tf.sub(1, tf.mul(odds, tf.divNoNan(wrong, n.truePositives)));
  const none = tf.equal(n.truePositives, 0);
  return { x: tf.relu(tf.where(none, 0, gain(n.falseNegatives))), y: tf.where(none, 1, gain(n.falsePositives)) };
}

function pieces({ curve, summationMethod }: Options, n: Outcomes): Tensor {
  if (curve === 'PR' && summationMethod === 'interpolation') return precisionRecallPieces(n);
  const { x, y } = points(curve, n);
  const [left, right] = [lastBut(y), firstBut(y)];
  const height = { interpolation: () => tf.div(tf.add(left, right), 2), minoring: () => tf.minimum(left, right), majoring: () => tf.maximum(left, right) };
  return tf.mul(fall(x), height[summationMethod]());
}

/** The area under a curve, approximated at thresholds: how well predictions rank positives above negatives, 0.5 by chance for the ROC. */
export const auc = defineMetric({
  kind: 'auc',
  keras: { name: 'AUC' },
  options,
  state: (given, outputShape) => countShapes(thresholdsOf(given), given.multiLabel ? [given.numLabels ?? columnsOf('auc', outputShape)] : []),
  update: (given, state, yTrue, yPred, weights) =>
    count('auc', state, yTrue, given.fromLogits ? tf.sigmoid(yPred) : yPred, weights, {
      thresholds: thresholdsOf(given), apart: given.multiLabel, labelWeights: given.multiLabel ? null : given.labelWeights,
    }),
  result: (given, state) => {
    const areas = tf.sum(pieces(given, outcomes(state)), -1);
    if (!given.multiLabel) return areas;
    if (given.labelWeights === null) return tf.mean(areas);
    const weights = tf.tensor1d([...given.labelWeights]);
    return tf.divNoNan(tf.sum(tf.mul(areas, weights)), tf.sum(weights));
  },
});
