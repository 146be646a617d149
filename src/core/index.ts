/** What an author of a layer, optimizer, loss or metric may use: `ibexjs/define`. */
export { z } from 'zod';
export { defineAdaptable, type Adaptable, type Adaptation, type Learnt } from './adapt.ts';
export { activate, activation, activations, type Activation, type ActivationFunction, type ActivationName } from './activations.ts';
export type { NdArray, TypedArray } from './array.ts';
export { constraint, constraints, defineConstraint, type Constraint } from './constraints.ts';
export { ModelError, parseOptions } from './errors.ts';
export { defineInitializer, initializer, initializers, type Initializer } from './initializers.ts';
export type { HostArray } from './hostArray.ts';
export type { Json, JsonObject, KerasForm } from './keras.ts';
export {
  defineLayer, defineMerge, layerOption, remake, weight, type Built, type Flow, type Inner, type Layer, type LayerFactory, type Place, type Run, type WeightSpec,
} from './layer.ts';
export { defineLoss, type Loss, type LossFunction, type Reduction } from './loss.ts';
export { defineMeanMetric, defineMetric, type Metric, type MetricState } from './metric.ts';
export { defineOptimizer, type Optimizer } from './optimizer.ts';
export { formulaOf, type Part } from './part.ts';
export type { Random } from './random.ts';
export { defineRegularizer, regularizer, regularizers, type Regularizer } from './regularizers.ts';
export { defineSchedule, type LearningRate, type Schedule, type ScheduleFunction } from './schedule.ts';
export { show, sized, type Shape } from './shape.ts';
export { input, type CallArguments, type DType, type SymbolicTensor } from './symbolic.ts';
export { tf, type Tensor } from './tensor.ts';
