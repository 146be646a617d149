/** Intersection over union: how well predicted areas of a class fit the true ones. */
import { z } from 'zod';
import { ModelError } from '../core/errors.ts';
import { toRank } from '../core/loss.ts';
import { defineMetric, type MetricFactory } from '../core/metric.ts';
import { show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { oneHot } from '../losses/sparseCategoricalCrossentropy.ts';

/** How labels are read, and which classes the result is the mean of. */
interface Reading {
  readonly classes: number;
  readonly targets: readonly number[];
  readonly ignored: number | null;
  readonly labels: (yTrue: Tensor) => Tensor;
  readonly predictions: (yPred: Tensor) => Tensor;
}

/** One column of the confusion matrix for each predicted class, a row for each true one; labels that are no class fall out. */
function confusion(where: string, { classes, ignored, labels, predictions }: Reading, yTrue: Tensor, yPred: Tensor, weights: Tensor | undefined): Tensor {
  const t = tf.cast(labels(yTrue), 'int32');
  const p = tf.cast(predictions(yPred), 'int32');
  if (t.size !== p.size) throw new ModelError(where, `labels ${show(t.shape)} and predictions ${show(p.shape)} are not as many`);
  let rows = oneHot(tf.reshape(t, [-1]), classes);
  if (ignored !== null) rows = tf.mul(rows, tf.cast(tf.notEqual(tf.reshape(t, [-1, 1]), ignored), 'float32'));
  if (weights) rows = tf.mul(rows, tf.reshape(tf.broadcastTo(toRank(weights, t.rank), t.shape), [-1, 1]));
  return tf.matMul(rows, oneHot(tf.reshape(p, [-1]), classes), true);
}

/** The mean over the target classes that occur. */
function meanOverlap({ classes, targets }: Reading, matrix: Tensor): Tensor {
  const both = tf.sum(tf.mul(matrix, tf.eye(classes)), 0);
  const either = tf.sub(tf.add(tf.sum(matrix, 0), tf.sum(matrix, 1)), both);
  const ids = tf.tensor1d([...targets], 'int32');
  const union = tf.gather(either, ids);
  const occurs = tf.cast(tf.greater(union, 1e-9), 'float32');
  const overlaps = tf.mul(tf.div(tf.gather(both, ids), tf.add(union, 1e-7)), occurs);
  return tf.div(tf.sum(overlaps), tf.add(tf.sum(occurs), 1e-7));
}

const defineOverlap = <S extends z.ZodObject>(kind: string, name: string, options: S, read: (options: z.output<S>) => Reading): MetricFactory<S> =>
  defineMetric({
    kind,
    keras: { name },
    options,
    state: (given) => ({ matrix: [read(given).classes, read(given).classes] }),
    update: (given, { matrix }, yTrue, yPred, weights) => ({ matrix: tf.add(matrix, confusion(kind, read(given), yTrue, yPred, weights)) }),
    result: (given, { matrix }) => meanOverlap(read(given), matrix),
  });

const numClasses = z.int().positive();
const targetClassIds = z.array(z.int().min(0)).min(1).readonly();
const ignoreClass = z.int().nullable().default(null);
const axis = z.int().default(-1);
/** Whether they are integer labels; else one number for each class along `axis`, of which the highest counts. */
const sparse = z.boolean();

const inRange = <S extends z.ZodObject>(schema: S): S =>
  schema.refine((given) => {
    const { numClasses: classes, targetClassIds: ids } = given as { numClasses: number; targetClassIds: readonly number[] };
    return Math.max(...ids) < classes;
  }, 'targetClassIds must be below numClasses');

const labelsOf = (isSparse: boolean, along: number) => (x: Tensor): Tensor => (isSparse ? x : tf.argMax(x, along));
const everyClass = (classes: number) => Array.from({ length: classes }, (_, i) => i);

/** Mean intersection over union of the classes in `targetClassIds`. */
export const iou = defineOverlap(
  'iou', 'IoU', inRange(z.strictObject({ numClasses, targetClassIds, ignoreClass, sparseYTrue: sparse.default(true), sparseYPred: sparse.default(true), axis })),
  (o) => ({ classes: o.numClasses, targets: o.targetClassIds, ignored: o.ignoreClass, labels: labelsOf(o.sparseYTrue, o.axis), predictions: labelsOf(o.sparseYPred, o.axis) }),
);

/** Mean intersection over union of two classes, predicted by probabilities: those of `threshold` and more are class 1. */
export const binaryIoU = defineOverlap(
  'binaryIoU', 'BinaryIoU', z.strictObject({ targetClassIds: z.array(z.int().min(0).max(1)).min(1).readonly().default([0, 1]), threshold: z.number().default(0.5) }),
  (o) => ({ classes: 2, targets: o.targetClassIds, ignored: null, labels: (y) => y, predictions: (p) => tf.greaterEqual(p, o.threshold) }),
);

/** Mean intersection over union of all classes. */
export const meanIoU = defineOverlap(
  'meanIoU', 'MeanIoU', z.strictObject({ numClasses, ignoreClass, sparseYTrue: sparse.default(true), sparseYPred: sparse.default(true), axis }),
  (o) => ({ classes: o.numClasses, targets: everyClass(o.numClasses), ignored: o.ignoreClass, labels: labelsOf(o.sparseYTrue, o.axis), predictions: labelsOf(o.sparseYPred, o.axis) }),
);

/** Mean intersection over union of the classes in `targetClassIds`, for one-hot targets. */
export const oneHotIoU = defineOverlap(
  'oneHotIoU', 'OneHotIoU', inRange(z.strictObject({ numClasses, targetClassIds, ignoreClass, sparseYPred: sparse.default(false), axis })),
  (o) => ({ classes: o.numClasses, targets: o.targetClassIds, ignored: o.ignoreClass, labels: labelsOf(false, o.axis), predictions: labelsOf(o.sparseYPred, o.axis) }),
);

/** Mean intersection over union of all classes, for one-hot targets. */
export const oneHotMeanIoU = defineOverlap(
  'oneHotMeanIoU', 'OneHotMeanIoU', z.strictObject({ numClasses, ignoreClass, sparseYPred: sparse.default(false), axis }),
  (o) => ({ classes: o.numClasses, targets: everyClass(o.numClasses), ignored: o.ignoreClass, labels: labelsOf(false, o.axis), predictions: labelsOf(o.sparseYPred, o.axis) }),
);
