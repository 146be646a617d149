/** What an epoch adds up: losses and metrics, as tensors that each step updates. */
import type { MetricState } from '../core/metric.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { lossNames, type Compiled, type Tracker } from './compile.ts';

export interface Tallies {
  /** Loss times batch size, and examples seen. */
  readonly loss: Tensor;
  readonly count: Tensor;
  /** For models of several outputs: the losses of each. */
  readonly losses: readonly Tensor[];
  readonly metrics: readonly MetricState[];
}

export type Logs = Readonly<Record<string, number>>;

export const startTallies = ({ objectives }: Compiled, trackers: readonly Tracker[], outputShapes: readonly (readonly number[])[]): Tallies => tf.tidy(() => ({
  loss: tf.scalar(0),
  count: tf.scalar(0),
  losses: objectives.length > 1 ? objectives.filter(({ loss }) => loss).map(() => tf.scalar(0)) : [],
  metrics: trackers.map(({ metric, output }) => metric.zeros(outputShapes[output]!)),
}) as unknown as tf.TensorContainer) as unknown as Tallies;

/** Names in the order of `resultsOf`. */
export const logNames = (compiled: Compiled, trackers: readonly Tracker[]): readonly string[] => [...lossNames(compiled), ...trackers.map(({ key }) => key)];

/** The means and metrics so far. */
export const resultsOf = ({ loss, count, losses, metrics }: Tallies, trackers: readonly Tracker[]): readonly Tensor[] => [
  tf.divNoNan(loss, count),
  ...losses.map((each) => tf.divNoNan(each, count)),
  ...trackers.map(({ metric }, i) => tf.mean(metric.result(metrics[i]!))),
];

/** Reads the means and metrics back as numbers. */
export function readLogs(names: readonly string[], tallies: Tallies, trackers: readonly Tracker[]): Logs {
  const values = tf.tidy(() => tf.stack(resultsOf(tallies, trackers).map((each) => tf.reshape(each, []))));
  const numbers = values.dataSync();
  values.dispose();
  return Object.fromEntries(names.map((name, i) => [name, numbers[i]!]));
}
