/** The best of one rate among the thresholds at which another is at least what is asked for. */
import { z } from 'zod';
import { defineMetric, type MetricFactory } from '../core/metric.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { classIdOption, count, countShapes, evenThresholds, outcomes, shareOf, thresholdsOf } from './confusion.ts';

type Outcomes = ReturnType<typeof outcomes>;
type Rate = (found: Outcomes) => Tensor;

const sensitivity: Rate = (n) => shareOf(n.truePositives, n.falseNegatives);
const specificity: Rate = (n) => shareOf(n.trueNegatives, n.falsePositives);
const precision: Rate = (n) => shareOf(n.truePositives, n.falsePositives);

const thresholds = (count: number) => (count === 1 ? thresholdsOf(null) : evenThresholds(count, false));
const common = { numThresholds: z.int().positive().default(200), classId: classIdOption };
const atLeast = z.number().min(0).max(1);

function best<S extends z.ZodObject>(kind: string, name: string, options: S, rate: Rate, required: string, constraint: Rate): MetricFactory<S> {
  const own = (given: z.output<S>) => given as unknown as { numThresholds: number; classId: number | null } & Record<string, number>;
  return defineMetric({
    kind,
    keras: { name },
    options,
    state: (given) => countShapes(thresholds(own(given).numThresholds)),
    update: (given, state, yTrue, yPred, weights) => count(kind, state, yTrue, yPred, weights, { thresholds: thresholds(own(given).numThresholds), classId: own(given).classId }),
    result: (given, state) => {
      const found = outcomes(state);
      const allowed = tf.greaterEqual(constraint(found), own(given)[required]!);
      return tf.max(tf.where(allowed, rate(found), 0));
    },
  });
}

/** The best sensitivity (recall) at a threshold where the specificity is at least `specificity`. */
export const sensitivityAtSpecificity = best('sensitivityAtSpecificity', 'SensitivityAtSpecificity', z.strictObject({ specificity: atLeast, ...common }), sensitivity, 'specificity', specificity);
/** The best specificity at a threshold where the sensitivity (recall) is at least `sensitivity`. */
export const specificityAtSensitivity = best('specificityAtSensitivity', 'SpecificityAtSensitivity', z.strictObject({ sensitivity: atLeast, ...common }), specificity, 'sensitivity', sensitivity);
/** The best precision at a threshold where the recall is at least `recall`. */
export const precisionAtRecall = best('precisionAtRecall', 'PrecisionAtRecall', z.strictObject({ recall: atLeast, ...common }), precision, 'recall', sensitivity);
/** The best recall at a threshold where the precision is at least `precision`. */
export const recallAtPrecision = best('recallAtPrecision', 'RecallAtPrecision', z.strictObject({ precision: atLeast, ...common }), sensitivity, 'precision', precision);
