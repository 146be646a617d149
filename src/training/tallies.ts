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

/** Names in the order of `readLogs`. */
export const logNames = (compiled: Compiled, trackers: readonly Tracker[]): readonly string[] => [...lossNames(compiled), ...trackers.map(({ key }) => key)];

/** Reads the means and metrics back as numbers. */
export function readLogs(names: readonly string[], { loss, count, losses, metrics }: Tallies, trackers: readonly Tracker[]): Logs {
  const read = (tensor: Tensor): number => tensor.dataSync()[0]!;
  const examples = read(count);
  // A few numbers are divided sooner here than by operations of the engine; float32, as it would.
  const means = [loss, ...losses].map((sum) => (examples === 0 ? 0 : Math.fround(read(sum) / examples)));
  const results = trackers.map(({ metric }, i) => {
    const result = tf.tidy(() => tf.mean(metric.result(metrics[i]!)));
    const value = read(result);
    result.dispose();
    return value;
  });
  return Object.fromEntries([...means, ...results].map((value, i) => [names[i]!, value]));
}
