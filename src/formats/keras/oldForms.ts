/** What Keras 2 and tf.layers write otherwise than Keras 3, put into Keras 3's words. */
import { ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import { isObject } from './json.ts';
import { isOldOperation, modernOperation } from './oldOperations.ts';

/** Whether a file is in the words of Keras 2, or of tf.layers, which are mostly those: by the version that it notes. */
export const isOldKeras = (version: unknown): boolean => typeof version === 'string' && /^([012]\.|tfjs)/.test(version);

type Rule = (config: JsonObject) => JsonObject;

const without = (...keys: readonly string[]): Rule => (config) => Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key)));
const renamed = (from: string, to: string): Rule => ({ [from]: value, ...rest }) => (value === undefined ? rest : { ...rest, [to]: value });
/** Of a list of one axis, the axis. */
const oneAxis: Rule = (config) => (Array.isArray(config.axis) && config.axis.length === 1 ? { ...config, axis: config.axis[0] as Json } : config);

/** How a recurrent layer computes was once a choice. */
const recurrent = without('implementation', 'time_major', 'input_length', 'input_dim');
/** What layers of two kernels had from those of one. */
const depthwise = without('kernel_initializer', 'kernel_regularizer', 'kernel_constraint', 'groups', 'filters');
const separable = without('kernel_initializer', 'kernel_regularizer', 'kernel_constraint', 'groups');
/** Groups were written, but there never were several. */
const transposed = without('groups');

const rules: Readonly<Record<string, Rule>> = {
  LeakyReLU: renamed('alpha', 'negative_slope'),
  BatchNormalization: (config) => oneAxis(without('renorm', 'renorm_clipping', 'renorm_momentum', 'virtual_batch_size', 'fused', 'adjustment', 'mode')(config)),
  Embedding: without('input_length', 'sparse'),
  DepthwiseConv1D: depthwise, DepthwiseConv2D: depthwise, SeparableConv1D: separable, SeparableConv2D: separable,
  Conv1DTranspose: transposed, Conv2DTranspose: transposed, Conv3DTranspose: transposed,
  // Cells stand in their own key too.
  RNN: (config) => recurrent(config.cell === undefined ? config : without('cells')(config)),
  SimpleRNN: recurrent, LSTM: recurrent, GRU: recurrent, ConvLSTM1D: recurrent, ConvLSTM2D: recurrent, ConvLSTM3D: recurrent,
  SimpleRNNCell: recurrent, LSTMCell: recurrent, GRUCell: recurrent,
  MultiHeadAttention: without('query_shape', 'key_shape', 'value_shape', 'softmax_robust_masking'),
  Attention: without('causal'),
  Normalization: oneAxis,
  VarianceScaling: (config) => (config.distribution === 'normal' ? { ...config, distribution: 'truncated_normal' } : config),
};

/** Classes that go by another name now. */
const classes: Readonly<Record<string, (config: JsonObject) => { readonly class_name: string; readonly config: JsonObject }>> = {
  Model: (config) => ({ class_name: 'Functional', config }),
  // An optimizer of TensorFlow.js.
  Momentum: ({ useNesterov = false, ...config }) => ({ class_name: 'SGD', config: { ...config, nesterov: useNesterov } }),
  ThresholdedReLU: ({ theta = 1, ...config }) => ({ class_name: 'ReLU', config: { ...config, threshold: theta } }),
};

/** `hard_sigmoid` was `max(0, min(1, 0.2 x + 0.5))`; Keras 3 gives the name to `relu6(x + 3) / 6`. */
export const oldHardSigmoid = { module: 'ibex', class_name: 'OldHardSigmoid', config: {}, registered_name: 'ibex>OldHardSigmoid' };

const isHardSigmoid = (key: string, value: Json) => (key === 'activation' || key === 'recurrent_activation') && (value === 'hard_sigmoid' || value === 'hardSigmoid');

/** An object of Keras 2, with all that is in it, in Keras 3's words. */
export function modernObject(value: Json, where: string): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each: Json) => modernObject(each, where));
  if (isOldOperation(value as JsonObject)) return modernOperation(value as JsonObject, where);
  const { class_name: name, config: given, ...rest } = value as { readonly [key: string]: Json };
  const others = Object.fromEntries(Object.entries(rest).map(([key, each]) => [key, key === 'inbound_nodes' ? each : modernObject(each, where)]));
  if (typeof name !== 'string') return { ...others, ...(given !== undefined && { config: modernObject(given, where) }) };
  // Sequential models were once the list of their layers.
  const config: Json = name === 'Sequential' && Array.isArray(given) ? { name: 'sequential', layers: given } : given ?? {};
  if (!isObject(config)) return { ...others, class_name: name, config };
  if (config.decay !== undefined && typeof config.decay === 'number' && config.decay > 0) return decaying(name, config, others);
  const inner = Object.fromEntries(Object.entries(config).map(([key, each]) => [key, isHardSigmoid(key, each) ? oldHardSigmoid : modernObject(each, where)]));
  const ruled = Object.hasOwn(rules, name) ? rules[name]!(inner) : inner;
  if (name === 'Attention' && inner.causal === true) throw new ModelError(where, `the layer "${String(inner.name)}" is causal by itself, which attention is no longer: call it with useCausalMask`);
  return { ...others, ...(Object.hasOwn(classes, name) ? classes[name]!(ruled) : { class_name: name, config: ruled }) };
}

/** Optimizers of Keras 2 let their rate fall by themselves: `rate / (1 + decay · step)`. */
function decaying(name: string, { decay, ...config }: JsonObject, others: JsonObject): JsonObject {
  const rate = config.learning_rate ?? config.lr ?? 0.001;
  const schedule = { module: 'keras.optimizers.schedules', class_name: 'InverseTimeDecay', config: { initial_learning_rate: rate, decay_steps: 1, decay_rate: decay ?? 0 }, registered_name: null };
  const { lr: _, ...rest } = config;
  return { ...others, class_name: name, config: { ...rest, learning_rate: schedule } };
}

/** Metrics of Keras 2 are functions in a wrapper, one list for each output. */
function modernMetric(value: Json): Json {
  if (Array.isArray(value)) return value.map(modernMetric);
  if (!isObject(value) || !isObject(value.config)) return value;
  const { class_name: name, config } = value as { readonly class_name?: Json; readonly config: JsonObject };
  const { fn, name: called, ...rest } = config;
  if (name !== 'MeanMetricWrapper') return { class_name: name ?? null, config: { ...rest, ...(called !== undefined && { name: called }) } };
  const camel = String(fn).replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return { class_name: camel, config: called === undefined ? {} : { name: called } };
}

/** Losses of Keras 2 have a reduction that was chosen by where they were used, and the function that they are made of. */
function modernLoss(value: Json): Json {
  if (Array.isArray(value)) return value.map(modernLoss);
  if (!isObject(value)) return value;
  if (!isObject(value.config)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, modernLoss(each)]));
  const { fn: _, name: __, reduction, ...rest } = value.config;
  return { class_name: value.class_name ?? null, config: { ...rest, ...(reduction !== undefined && reduction !== 'auto' && { reduction }) } };
}

/** One list for the only output need not be one; one that is given for all of several outputs is each one's. */
const forOutputs = (list: Json, outputs: number): Json => {
  if (!Array.isArray(list)) return list;
  if (outputs === 1) return list.length === 1 && Array.isArray(list[0]) ? (list[0] as Json) : list;
  return list.some((each) => Array.isArray(each) || each === null) ? list : Array<Json>(outputs).fill(list);
};

/** `training_config` of Keras 2 and tf.layers as Keras 3's `compile_config`, for a model of so many outputs. */
export function modernCompile(training: JsonObject, outputs: number, where: string): JsonObject {
  const { optimizer_config: optimizer, loss = null, metrics = null, weighted_metrics: weighted = null, loss_weights: weights = null } = training;
  const object = isObject(optimizer) ? optimizer : {};
  const { lr, ...config } = isObject(object.config) ? object.config : {};
  // Keras 2 writes its own optimizers as if somebody else had made them.
  const name = typeof object.class_name === 'string' ? object.class_name.replace(/^Custom>/, '') : null;
  const rate = lr === undefined ? {} : { learning_rate: lr };
  return {
    optimizer: modernObject({ class_name: name, config: { ...config, ...rate } }, where), loss: modernLoss(loss), loss_weights: weights,
    metrics: modernMetric(forOutputs(metrics, outputs)), weighted_metrics: modernMetric(forOutputs(weighted, outputs)),
  };
}
