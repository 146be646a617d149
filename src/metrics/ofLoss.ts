/** Metrics that are the mean of a loss over an epoch. */
import type { z } from 'zod';
import type { KerasForm } from '../core/keras.ts';
import type { LossFactory } from '../core/loss.ts';
import { defineMeanMetric, type MetricFactory } from '../core/metric.ts';
import * as losses from '../losses/index.ts';

/** The mean of a loss as a metric of the same name and options, or of those given. */
const meanOf = <S extends z.ZodObject>(loss: LossFactory<S>, { kind = loss.kind, keras = loss.keras }: { kind?: string; keras?: KerasForm } = {}): MetricFactory<S> =>
  defineMeanMetric({ kind, ...(keras && { keras }), options: loss.options, values: (options) => (loss as (options: unknown) => ReturnType<LossFactory>)(options) });

/** Mean of `(yTrue - yPred)²`. */
export const meanSquaredError = meanOf(losses.meanSquaredError);
/** Mean of `|yTrue - yPred|`. */
export const meanAbsoluteError = meanOf(losses.meanAbsoluteError);
/** Mean of the loss of the same name, with its options. */
export const binaryCrossentropy = meanOf(losses.binaryCrossentropy);
/** Mean of the loss of the same name, with its options. */
export const categoricalCrossentropy = meanOf(losses.categoricalCrossentropy);
/** Mean of the loss of the same name, with its options. As in Keras, what has the label `ignoreClass` counts as 0 in the mean. */
export const sparseCategoricalCrossentropy = meanOf(losses.sparseCategoricalCrossentropy);
