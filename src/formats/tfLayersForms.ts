/** A model's description in the words of tf.layers, which are mostly those of Keras 2. */
import { ModelError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/keras.ts';
import type { Layer } from '../core/layer.ts';
import type { Model } from '../model/model.ts';
import { flat, sourceOf } from './keras/calls.ts';
import { isObject } from './keras/json.ts';
import { oldHardSigmoid } from './keras/oldForms.ts';
import { isKerasObject, type KerasObject } from './keras/schema.ts';

const activations: Readonly<Record<string, string>> = {
  elu: 'elu', selu: 'selu', relu: 'relu', relu6: 'relu6', linear: 'linear', sigmoid: 'sigmoid', softplus: 'softplus', softsign: 'softsign', tanh: 'tanh',
  softmax: 'softmax', log_softmax: 'log_softmax', gelu: 'gelu', mish: 'mish', silu: 'swish', swish: 'swish',
};
const initializers = new Set([
  'Constant', 'GlorotNormal', 'GlorotUniform', 'HeNormal', 'HeUniform', 'Identity', 'LecunNormal', 'LecunUniform', 'Ones', 'Orthogonal', 'OrthogonalInitializer', 'RandomNormal',
  'RandomUniform', 'TruncatedNormal', 'VarianceScaling', 'Zeros',
]);
const constraints = new Set(['MaxNorm', 'UnitNorm', 'NonNeg', 'MinMaxNorm']);

/** Options of which a layer of tf.layers knows some values only. */
type Fixed = Readonly<Record<string, readonly Json[]>>;
const plain: Fixed = {};
const convolution: Fixed = { groups: [1] };
const pooled: Fixed = { keepdims: [false] };

const layers: Readonly<Record<string, Fixed>> = {
  InputLayer: plain, ThresholdedReLU: plain, Dense: plain, Activation: plain, ReLU: { negative_slope: [0], threshold: [0] }, LeakyReLU: plain, PReLU: plain, ELU: { alpha: [1] }, Softmax: plain,
  Dropout: plain, SpatialDropout1D: plain, Flatten: plain, RepeatVector: plain, Reshape: plain, Permute: plain, Masking: plain, Embedding: plain,
  Add: plain, Multiply: plain, Average: plain, Maximum: plain, Minimum: plain, Concatenate: plain, Dot: plain,
  BatchNormalization: plain, LayerNormalization: plain, ZeroPadding2D: plain, Cropping2D: plain, UpSampling2D: { interpolation: ['nearest'] },
  MaxPooling1D: plain, MaxPooling2D: plain, MaxPooling3D: plain, AveragePooling1D: plain, AveragePooling2D: plain, AveragePooling3D: plain,
  GlobalAveragePooling1D: pooled, GlobalAveragePooling2D: pooled, GlobalMaxPooling1D: pooled, GlobalMaxPooling2D: pooled,
  Conv1D: { ...convolution, padding: ['valid', 'same'] }, Conv2D: convolution, Conv3D: convolution, Conv2DTranspose: { output_padding: [null] }, Conv3DTranspose: { output_padding: [null] },
  DepthwiseConv2D: plain, SeparableConv2D: plain,
  SimpleRNN: plain, LSTM: plain, GRU: { reset_after: [false] }, SimpleRNNCell: plain, LSTMCell: plain, GRUCell: { reset_after: [false] },
  RNN: plain, StackedRNNCells: plain, ConvLSTM2D: plain, Bidirectional: { backward_layer: [null] }, TimeDistributed: plain,
  GaussianNoise: plain, GaussianDropout: plain, AlphaDropout: plain, Rescaling: plain,
};
const renamed: Readonly<Record<string, string>> = { 'LeakyReLU/negative_slope': 'alpha', 'InputLayer/batch_shape': 'batch_input_shape' };
const leftOut = new Set(['dtype', 'optional', 'ragged', 'zero_output_for_mask', 'use_cudnn', 'synchronized']);

/** A part that layers have: initializers are left out where tf.layers lacks them, since weights are there; penalties are one class there. */
function oldPart(key: string, { class_name: name, config }: KerasObject, where: string): Json | undefined {
  if (key.endsWith('_initializer')) return initializers.has(name) ? { class_name: name.replace('Lecun', 'LeCun').replace(/Initializer$/, ''), config } : undefined;
  if (name === 'L1' || name === 'L2' || name === 'L1L2') return { class_name: 'L1L2', config: { l1: config.l1 ?? 0, l2: config.l2 ?? 0 } };
  if (constraints.has(name)) return { class_name: name, config };
  throw new ModelError(where, `its ${key} is ${name}, which tf.layers does not have; save as .keras`);
}

function oldValue(key: string, value: Json, where: string): Json | undefined {
  if (key === 'activation' || key === 'recurrent_activation') {
    if (isObject(value) && value.class_name === oldHardSigmoid.class_name) return 'hard_sigmoid';
    if (typeof value === 'string' && Object.hasOwn(activations, value)) return activations[value];
    throw new ModelError(where, `its ${key} is ${JSON.stringify(value).slice(0, 80)}, which tf.layers does not have, or not as Keras computes it; save as .keras`);
  }
  if (Array.isArray(value) && value.some(isKerasObject)) return value.map((each: Json) => oldHeld(each as unknown as KerasObject, where));
  if (!isKerasObject(value)) return value;
  return key === 'layer' || key === 'cell' ? oldHeld(value, where) : oldPart(key, value, where);
}

function oldHeld(object: KerasObject, where: string): JsonObject {
  if (isModelObject(object)) throw new ModelError(where, 'holds a model, whose weights tf.layers would not find; save as .keras');
  return oldLayer(object, where);
}

/** A threshold makes it another layer there. */
function thresholded({ class_name: name, config }: KerasObject): KerasObject {
  const { threshold, negative_slope: slope, max_value: most, ...rest } = config;
  return name === 'ReLU' && threshold && !slope && most === null ? { class_name: 'ThresholdedReLU', config: { ...rest, theta: threshold } } : { class_name: name, config };
}

/** @throws ModelError for a layer or an option that tf.layers does not have */
function oldLayer(given: KerasObject, where: string): JsonObject {
  const { class_name: name, config } = thresholded(given);
  const at = `${where}: ${typeof config.name === 'string' ? config.name : name}`;
  const fixed = Object.hasOwn(layers, name) ? layers[name]! : undefined;
  if (!fixed) throw new ModelError(at, `is a layer of class ${name}, which tf.layers does not have; save as .keras`);
  const entries = Object.entries(config).flatMap(([key, value]): [string, Json][] => {
    const allowed = fixed[key];
    if (allowed && !allowed.some((each) => JSON.stringify(each) === JSON.stringify(value))) throw new ModelError(at, `has ${key} = ${JSON.stringify(value)}, which tf.layers does not have, or not as Keras computes it; save as .keras`);
    if (leftOut.has(key) && name !== 'InputLayer') return [];
    const written = oldValue(key, value, at);
    return written === undefined ? [] : [[renamed[`${name}/${key}`] ?? key, written]];
  });
  return { class_name: name, config: Object.fromEntries(entries) };
}

const isModelObject = ({ class_name: name }: JsonObject | KerasObject): boolean => name === 'Sequential' || name === 'Functional';

/** A model whose layers may go by other names in the file. */
export interface Renaming { readonly model: Model; readonly names: ReadonlyMap<Layer, string> }

/** What stands in one model's description: its entries by name, what they are called in the file, and the models among them. */
interface Scope { readonly entries: ReadonlyMap<string, JsonObject>; called(name: string): string; within(name: string): Renaming }

function scopeOf(given: readonly JsonObject[], { model, names }: Renaming): Scope {
  const layers = new Map(model.layers.map((layer) => [layer.name, layer]));
  const nameIn = (entry: JsonObject) => String((entry.config as JsonObject).name);
  return {
    entries: new Map(given.map((entry) => [nameIn(entry), entry])),
    called: (name) => (layers.has(name) ? names.get(layers.get(name)!) : undefined) ?? name,
    within: (name) => ({ model: layers.get(name) as Model, names }),
  };
}

/** Places of the tensors of one call: its inputs, then the states that a recurrent layer starts from. */
function oldCall(call: Json, { entries, called }: Scope, where: string): Json {
  const { args, kwargs } = call as { readonly args: Json; readonly kwargs: JsonObject };
  const other = Object.entries(kwargs).find(([key, value]) => key !== 'initial_state' && value !== null && value !== false);
  if (other) throw new ModelError(where, `is called with ${other[0]}, which tf.layers does not have; save as .keras`);
  return [...flat(args), ...flat(kwargs.initial_state ?? [])].map((each): Json => {
    const source = sourceOf(each, where);
    if (!source) throw new ModelError(where, 'is called with something that is no tensor, which tf.layers does not have; save as .keras');
    // A model has a call of its own before those in other models.
    return [called(source.layer), source.call + (isModelObject(entries.get(source.layer)!) ? 1 : 0), source.index, {}];
  });
}

function oldEntry(entry: JsonObject, scope: Scope, where: string): JsonObject {
  const name = String((entry.config as JsonObject).name);
  if (isModelObject(entry)) return { ...oldModel(entry, scope.within(name), where), name };
  const { class_name: className, config } = oldLayer(entry as unknown as KerasObject, where);
  return { class_name: className!, config: { ...(config as JsonObject), name: scope.called(name) }, name: scope.called(name) };
}

/** An object of Keras 3 for a model, in the words of tf.layers. @throws ModelError, naming the layer, for what it does not have */
export function oldModel({ class_name: className, config: given }: JsonObject, renaming: Renaming, where: string): JsonObject {
  const config = given as JsonObject;
  const listed = config.layers as readonly JsonObject[];
  const scope = scopeOf(listed, renaming);
  const common = { name: config.name ?? 'model' };
  if (className === 'Sequential') return { class_name: className, config: { ...common, layers: listed.map((entry) => oldEntry(entry, scope, where)) } };
  const layers = listed.map((entry): JsonObject => {
    const at = `${where}: ${String(entry.name)}`;
    if (/\.ops\./.test(String(entry.module))) throw new ModelError(at, `is the operation ${String(entry.class_name)}, which tf.layers does not have; save as .keras`);
    return { ...oldEntry(entry, scope, where), inbound_nodes: (entry.inbound_nodes as readonly Json[]).map((call) => oldCall(call, scope, at)) };
  });
  const end = (place: Json): Json => {
    const [layer, call, index] = place as readonly [string, number, number];
    // Of Functional models the ends count so already.
    return [scope.called(layer), call + (scope.entries.get(layer)?.class_name === 'Sequential' ? 1 : 0), index];
  };
  const ends = (structure: Json | undefined): Json => {
    if (isObject(structure)) return Object.keys(structure).sort().map((key) => end(structure[key]!));
    return Array.isArray(structure) && typeof structure[0] === 'string' ? [end(structure)] : (structure as readonly Json[]).map(end);
  };
  return { class_name: 'Model', config: { ...common, layers, input_layers: ends(config.input_layers), output_layers: ends(config.output_layers) } };
}
