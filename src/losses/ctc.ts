import { z } from 'zod';
import type { NdArray } from '../core/array.ts';
import { ModelError } from '../core/errors.ts';
import { defineLoss } from '../core/loss.ts';
import { show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { withGradient } from './gradient.ts';
import { oneHot } from './sparseCategoricalCrossentropy.ts';
import { labelProblem } from './targets.ts';

/** The logarithm of a probability of 0: it vanishes beside any other, and sums of it stay finite. */
const never = -1e30;

const flag = (condition: Tensor): Tensor => tf.cast(condition, 'float32');

/** 0 where `allowed` is 1, `never` where it is 0. */
const unless = (allowed: Tensor): Tensor => tf.mul(tf.sub(1, allowed), never);

const logSumExp = (x: Tensor): Tensor => tf.logSumExp(x, -1);

/** The labels of each row with a blank before, between and after: [batch, labels] → [batch, states]. */
const withBlanks = (labels: Tensor): Tensor => tf.pad(tf.reshape(tf.stack([tf.zerosLike(labels), labels], 2), [labels.shape[0]!, -1]), [[0, 0], [0, 1]]);

/** Where a path may come two states further, over a blank: to a label that differs from the one before. */
function leaps(labels: Tensor): Tensor {
  const before = tf.pad(tf.slice(labels, [0, 0], [-1, labels.shape[1]! - 1]), [[0, 0], [1, 0]]);
  const allowed = unless(tf.mul(flag(tf.notEqual(labels, before)), flag(tf.notEqual(labels, 0))));
  return tf.pad(tf.reshape(tf.stack([tf.fill(allowed.shape, never), allowed], 2), [labels.shape[0]!, -1]), [[0, 0], [0, 1]], never);
}

/** `log α`: of all beginnings of paths that are in a state at a step. Every step is one entry, [batch, states]. */
function forward(start: Tensor, leap: Tensor, emissions: Tensor): Tensor[] {
  const [rows, states] = start.shape as [number, number];
  const alphas: Tensor[] = [];
  for (const emission of tf.unstack(emissions, 1)) {
    const last = alphas.at(-1);
    let reached = start;
    if (last) {
      const earlier = tf.pad(last, [[0, 0], [2, 0]], never);
      const leapt = tf.add(tf.slice(earlier, [0, 0], [rows, states]), leap);
      reached = logSumExp(tf.stack([last, tf.slice(earlier, [0, 1], [rows, states]), leapt], 2));
    }
    alphas.push(tf.add(reached, emission));
  }
  return alphas;
}

/** `-log` of the probability of the labels, [batch], and its slope with respect to the logits. */
function costAndSlope(labels: Tensor, logits: Tensor): { cost: Tensor; slope: Tensor } {
  const [batch, , classes] = logits.shape as [number, number, number];
  const states = 2 * labels.shape[1]! + 1;
  const p = tf.softmax(logits);
  const symbols = oneHot(withBlanks(labels), classes);
  const emissions = tf.matMul(tf.logSoftmax(logits), symbols, false, true);

  const place = tf.range(0, states);
  const end = tf.mul(tf.sum(flag(tf.notEqual(labels, 0)), 1, true), 2);
  const finish = unless(tf.add(flag(tf.equal(place, end)), flag(tf.equal(place, tf.sub(end, 1)))));
  const start = tf.broadcastTo(unless(flag(tf.less(place, 2))), [batch, states]);
  const leap = leaps(labels);

  // Endings of paths are beginnings of paths through the mirrored states and steps: one pass finds both.
  const mirroredLeap = tf.slice(tf.pad(tf.reverse(leap, 1), [[0, 0], [2, 0]], never), [0, 0], [batch, states]);
  const alphas = forward(tf.concat([start, tf.reverse(finish, 1)]), tf.concat([leap, mirroredLeap]), tf.concat([emissions, tf.reverse(emissions, [1, 2])]));
  const [beginnings, endings] = tf.split(tf.stack(alphas, 1), 2) as [Tensor, Tensor];
  const likelihood = logSumExp(tf.add(tf.slice(alphas.at(-1)!, [0, 0], [batch, states]), finish));

  // How likely each path, given the labels, is in each state at each step. Both halves count that step's emission.
  const whole = tf.sub(tf.sub(tf.add(beginnings, tf.reverse(endings, [1, 2])), emissions), tf.reshape(likelihood, [batch, 1, 1]));
  return { cost: tf.neg(likelihood), slope: tf.sub(p, tf.matMul(tf.exp(whole), symbols)) };
}

/** What makes a row of labels impossible to emit in `steps`. */
function rowProblem({ data, shape: [rows, length] }: NdArray, steps: number): string | undefined {
  for (let row = 0; row < rows!; row++) {
    const labels = Array.from(data.subarray(row * length!, (row + 1) * length!));
    const padding = labels.indexOf(0);
    const count = padding < 0 ? labels.length : padding;
    if (labels.some((label, i) => i > count && label !== 0)) return `row ${row} has a label after a 0; 0 is the blank, which only pads the end`;
    const needed = count + labels.filter((label, i) => i > 0 && i < count && label === labels[i - 1]).length;
    if (needed > steps) return `row ${row} needs ${needed} steps for its ${count} labels, but the model gives ${steps}`;
  }
  return undefined;
}

/**
 * Connectionist temporal classification: `-log` of the probability that the predictions, [batch, steps, classes] of logits, emit the labels,
 * [batch, labels], one class at each step, with repetitions merged and blanks left out. Class 0 is the blank; it pads the labels, too.
 * (Graves et al. 2006; the forward–backward algorithm on logarithms.) No gradient flows to the labels.
 */
export const ctc = defineLoss({
  kind: 'ctc',
  keras: { name: 'CTC' },
  options: z.strictObject({}),
  call: () => (yTrue, yPred) => {
    if (yTrue.rank !== 2 || yPred.rank !== 3 || yTrue.shape[0] !== yPred.shape[0]) {
      throw new ModelError('ctc', `takes labels [batch, labels] and predictions [batch, steps, classes], got ${show(yTrue.shape)} and ${show(yPred.shape)}`);
    }
    return withGradient(yPred, (keep) => {
      const { cost, slope } = costAndSlope(tf.cast(yTrue, 'int32'), yPred);
      keep(slope);
      return cost;
    }, (dy, slope) => tf.mul(slope!, tf.reshape(dy, [-1, 1, 1])));
  },
  problemWith: (yTrue, outputShape) => labelProblem(yTrue, outputShape.at(-1)) ?? (outputShape.at(-2) && yTrue.shape.length === 2 ? rowProblem(yTrue, outputShape.at(-2)!) : undefined),
});
