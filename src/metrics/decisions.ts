/** How many decisions at a threshold are right or wrong. */
import { z } from 'zod';
import { defineMetric, type MetricFactory } from '../core/metric.ts';
import type { Tensor } from '../core/tensor.ts';
import { classIdOption, count, countShapes, outcomes, shareOf, single, thresholdsOf, thresholdsOption } from './confusion.ts';

type Outcomes = ReturnType<typeof outcomes>;

const counting = z.strictObject({ thresholds: thresholdsOption });

const counter = (kind: keyof Outcomes, name: string): MetricFactory<typeof counting> =>
  defineMetric({
    kind,
    keras: { name },
    options: counting,
    state: ({ thresholds }) => countShapes(thresholdsOf(thresholds)),
    update: ({ thresholds }, state, yTrue, yPred, weights) => count(kind, state, yTrue, yPred, weights, { thresholds: thresholdsOf(thresholds) }),
    result: (_, state) => single(outcomes(state)[kind]),
  });

/** The positives predicted above a threshold (0.5, one given, or several), by weight. */
export const truePositives = counter('truePositives', 'TruePositives');
/** The negatives predicted above a threshold (0.5, one given, or several), by weight. */
export const falsePositives = counter('falsePositives', 'FalsePositives');
/** The negatives predicted at or below a threshold (0.5, one given, or several), by weight. */
export const trueNegatives = counter('trueNegatives', 'TrueNegatives');
/** The positives predicted at or below a threshold (0.5, one given, or several), by weight. */
export const falseNegatives = counter('falseNegatives', 'FalseNegatives');

const deciding = z.strictObject({
  thresholds: thresholdsOption,
  /** Takes the k best classes of each row for positive, in place of a threshold. */
  topK: z.int().positive().nullable().default(null),
  /** The only class to look at. */
  classId: classIdOption,
});

const decided = ({ thresholds, topK, classId }: z.output<typeof deciding>) => ({ thresholds: thresholdsOf(thresholds, topK === null ? 0.5 : -1e10), topK, classId });

const ratio = (kind: string, name: string, result: (found: Outcomes) => Tensor): MetricFactory<typeof deciding> =>
  defineMetric({
    kind,
    keras: { name },
    options: deciding,
    state: (options) => countShapes(decided(options).thresholds),
    update: (options, state, yTrue, yPred, weights) => count(kind, state, yTrue, yPred, weights, decided(options)),
    result: (_, state) => single(result(outcomes(state))),
  });

/** The share of what is predicted positive that is. 0 if nothing is predicted positive. */
export const precision = ratio('precision', 'Precision', (n) => shareOf(n.truePositives, n.falsePositives));
/** The share of the positives that are predicted so. 0 if there is none. */
export const recall = ratio('recall', 'Recall', (n) => shareOf(n.truePositives, n.falseNegatives));
