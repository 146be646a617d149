/** Metrics that are the mean of the loss of the same name over an epoch, with its options. */
import type { z } from 'zod';
import type { KerasForm } from '../core/keras.ts';
import type { Loss, LossFactory } from '../core/loss.ts';
import { defineMeanMetric, type MetricFactory } from '../core/metric.ts';
import * as losses from '../losses/index.ts';

/** The mean of a loss as a metric of the same name and options, or of those given. */
const meanOf = <S extends z.ZodObject>(loss: LossFactory<S>, { kind = loss.kind, keras = loss.keras }: { kind?: string; keras?: KerasForm } = {}): MetricFactory<S> =>
  defineMeanMetric({ kind, ...(keras && { keras }), options: loss.options, values: (given) => (loss as (options: unknown) => Loss)(given) });

/** Over the last axis, as Keras's. */
export const binaryCrossentropy = defineMeanMetric({
  kind: 'binaryCrossentropy',
  keras: { name: 'BinaryCrossentropy' },
  options: losses.binaryCrossentropy.options.omit({ axis: true }),
  values: (given) => losses.binaryCrossentropy(given),
});
export const categoricalCrossentropy = meanOf(losses.categoricalCrossentropy);
/** As in Keras, what has the label `ignoreClass` counts as 0 in the mean. */
export const sparseCategoricalCrossentropy = meanOf(losses.sparseCategoricalCrossentropy);
export const hinge = meanOf(losses.hinge);
export const squaredHinge = meanOf(losses.squaredHinge);
export const categoricalHinge = meanOf(losses.categoricalHinge);
export const klDivergence = meanOf(losses.klDivergence);
export const logCoshError = meanOf(losses.logCosh, { kind: 'logCoshError', keras: { name: 'LogCoshError' } });
export const meanAbsoluteError = meanOf(losses.meanAbsoluteError);
export const meanAbsolutePercentageError = meanOf(losses.meanAbsolutePercentageError);
export const meanSquaredError = meanOf(losses.meanSquaredError);
export const meanSquaredLogarithmicError = meanOf(losses.meanSquaredLogarithmicError);
export const poisson = meanOf(losses.poisson);
