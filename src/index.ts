/**
 * ibex: Keras-style deep learning for TypeScript. This file is the public page, and the one place that knows all parts: it
 * starts the engine (so that everything after the import is synchronous) and hands layers and optimizers to what names them.
 */
import * as layers from '../layers/index.ts';
import * as allOptimizers from '../optimizers/index.ts';
import { setCatalogue, type Catalogue } from './core/catalogue.ts';
import { describeModel } from './formats/keras/architecture.ts';
import { setDescription } from './model/describe.ts';
import { startEngine } from './runtime/choose.ts';

const { schedules, ...rest } = allOptimizers;
const optimizers = Object.fromEntries(Object.entries(rest).filter(([kind]) => !(kind in schedules))) as unknown as Omit<typeof rest, keyof typeof schedules>;

setCatalogue({
  layers: layers as unknown as Catalogue['layers'],
  optimizers: optimizers as unknown as Catalogue['optimizers'],
  schedules: schedules as unknown as Catalogue['schedules'],
});
setDescription(describeModel);
await startEngine();

export { layers, optimizers, schedules };
export { activations } from './core/activations.ts';
export { constraints } from './core/constraints.ts';
export { ModelError } from './core/errors.ts';
export { initializers } from './core/initializers.ts';
export { regularizers } from './core/regularizers.ts';
export { input } from './core/symbolic.ts';
export { tf } from './core/tensor.ts';
export { modelFromJSON } from './formats/keras/architecture.ts';
export { loadModel } from './formats/load.ts';
export { losses } from './losses/index.ts';
export { metrics } from './metrics/index.ts';
export { model, sequential } from './model/make.ts';
export { getBackend, setBackend } from './runtime/choose.ts';
export { callbacks } from './training/callbacks/index.ts';
export * as datasets from '../datasets/index.ts';

export type { NdArray } from './core/array.ts';
export type { Layer } from './core/layer.ts';
export type { Loss, LossFunction } from './core/loss.ts';
export type { Metric } from './core/metric.ts';
export type { Optimizer } from './core/optimizer.ts';
export type { Schedule } from './core/schedule.ts';
export type { Shape } from './core/shape.ts';
export type { SymbolicTensor } from './core/symbolic.ts';
export type { Tensor } from './core/tensor.ts';
export type { Model } from './model/model.ts';
export type { ModelOptions } from './model/make.ts';
export type { Callback, History, Logs, TrainedModel, Training } from './training/callbacks/index.ts';
export type { CompileOptions, LossName, MetricName, OptimizerName } from './training/compile.ts';
export type { Data } from './training/dataset.ts';
export type { EvaluateOptions } from './training/evaluate.ts';
export type { FitOptions } from './training/fit.ts';
export type { PredictOptions } from './training/predict.ts';
