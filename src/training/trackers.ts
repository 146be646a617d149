/** The metrics that a run follows, as they fit its targets and outputs. */
import type { LossFunction } from '../core/loss.ts';
import { defineMeanMetric, type Metric } from '../core/metric.ts';
import { metrics as metricTable } from '../metrics/index.ts';
import { lossNames, type Compiled, type MetricOption, type Tracker } from './compile.ts';
import { inFull, shortMetrics } from '../core/shortNames.ts';
import { mustBeTensor } from './formula.ts';
import { z } from 'zod';

/** A metric by a name whose meaning depends on targets and outputs: Keras's `is_binary_or_sparse_categorical`. */
function fitting(kind: 'accuracy' | 'crossentropy', target: readonly number[], output: readonly (number | null)[]): Metric {
  const classes = output.at(-1) ?? 1;
  const sparse = target.length < output.length || target.at(-1) === 1;
  const prefix = classes === 1 ? 'binary' : sparse ? 'sparseCategorical' : 'categorical';
  const name = `${prefix}${kind === 'accuracy' ? 'Accuracy' : 'Crossentropy'}` as const;
  return metricTable[name]();
}

function asMetric(given: MetricOption, target: readonly number[], output: readonly (number | null)[]): { name: string; metric: Metric } {
  if (given === 'accuracy' || given === 'acc' || given === 'crossentropy') return { name: given, metric: fitting(given === 'acc' ? 'accuracy' : given, target, output) };
  if (typeof given === 'string') return { name: given, metric: (metricTable[inFull(shortMetrics, given) as keyof typeof metricTable] as () => Metric)() };
  if (typeof given === 'function') {
    const name = 'kind' in given ? String(given.kind) : given.name || 'metric';
    const values: LossFunction = (yTrue, yPred) => mustBeTensor(`metric ${name}`, given(yTrue, yPred));
    return { name, metric: defineMeanMetric({ kind: name, options: z.strictObject({}), values: () => values })() };
  }
  const metric = given as Metric;
  return { name: metric.name ?? metric.kind, metric };
}

/** Shapes of targets with their batch axis; of outputs that nothing compares, none. */
export type TargetShapes = readonly (readonly number[] | undefined)[];

/** The metrics to follow. Names that come twice are numbered. */
export function trackersOf(compiled: Compiled, targets: TargetShapes, outputs: readonly (readonly (number | null)[])[]): readonly Tracker[] {
  const { objectives } = compiled;
  const taken = new Set(lossNames(compiled));
  return objectives.flatMap(({ name: output, metrics }, i) => metrics.map(({ metric: given, weighted }) => {
    const { name, metric } = asMetric(given, targets[i] ?? [], [null, ...outputs[i]!]);
    const full = objectives.length > 1 ? `${output}_${name}` : name;
    // The same metric with and without weights: Keras tells them apart so.
    const base = weighted && taken.has(full) ? (objectives.length > 1 ? `${output}_weighted_${name}` : `weighted_${name}`) : full;
    let key = base;
    for (let n = 1; taken.has(key); n++) key = `${base}_${n}`;
    taken.add(key);
    return { key, output: i, metric, weighted };
  }));
}
