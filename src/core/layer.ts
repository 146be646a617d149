/** What a model works with: a layer, its plan in a place, and a pass of data through it. */
import { z } from 'zod';
import type { NdArray } from './array.ts';
import { inWords, ModelError } from './errors.ts';
import type { KerasForm } from './keras.ts';
import type { Random } from './random.ts';
import type { Shape } from './shape.ts';
import { isSymbolic, place, type CallArguments, type DType, type SymbolicTensor } from './symbolic.ts';
import type { Tensor } from './tensor.ts';
import type { WeightSpec } from './weight.ts';

/** What flows along an edge of the model: a tensor, and the mask that says which of its steps count (bool). */
export interface Flow { readonly tensor: Tensor; readonly mask?: Tensor | undefined }

/** What a call was given beside its inputs: tensors for names that took symbolic ones, settings as they were. */
export type Given = Readonly<Record<string, readonly Tensor[] | string | number | boolean | null | undefined>>;

/** One pass of data through a model, as its layers see it. */
export interface Pass {
  readonly training: boolean;
  readonly random: Random;
  weights(layer: Layer): Readonly<Record<string, Tensor | undefined>>;
  /** Sets a weight that no gradient moves (a moving average, a state) to its value after this pass. */
  update(layer: Layer, name: string, value: Tensor): void;
  /** Adds a scalar to the loss. */
  penalize(penalty: Tensor): void;
}

export interface LayerKerasForm extends KerasForm {
  /** The class that its group in a weights file is called by, where that is not `name`. */
  readonly group?: string;
  /** Weights of held layers, as `layer/kernel`, that Keras counts as its own too, before the others; those that there are. */
  readonly borrows?: readonly string[];
  /** Below which path of its group in a weights file the layer's weights lie: `cell` for an LSTM. One path, or one for each weight. */
  readonly weights?: string | Readonly<Record<string, string>>;
  /** Whether its list of inputs is several arguments in Keras: `mha(query, value)`, and not `concatenate([a, b])`. */
  readonly spread?: boolean;
  /** Arrays, by their path in its group, that Keras's weights file has beside the weights: what follows from options, and is read from them. */
  readonly arrays?: (options: Readonly<Record<string, unknown>>) => Readonly<Record<string, NdArray>>;
  /** Names in a weights file of the layers that this one holds, where they are not theirs in snake case. */
  readonly layers?: Readonly<Record<string, string>>;
}

/** What a layer comes to in its place: shapes, types and weights. */
export interface Plan {
  readonly outputs: readonly { readonly shape: Shape; readonly dtype: DType }[];
  readonly weights: Readonly<Record<string, WeightSpec>>;
  /** The plans of the layers that it holds. */
  readonly inner: ReadonlyMap<Layer, Plan>;
}

export interface PlanInput { readonly shape: Shape; readonly dtype: DType; readonly batchSize: number | null }

/** A configured layer: data (`kind`, `options`) that can be called on symbolic tensors. Weights live in the model that uses it. */
export interface Layer {
  (x: SymbolicTensor | readonly SymbolicTensor[], given?: CallArguments): SymbolicTensor;
  readonly kind: string;
  /** Given by its maker, else by the first model that it is part of; until then empty. */
  readonly name: string;
  /** Whether training moves its weights. Takes effect at the next call of `fit` or `trainOnBatch`. */
  trainable: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  /** Of its options, the common ones among them. */
  readonly schema: z.ZodObject;
  readonly keras: LayerKerasForm | undefined;
  /** Layers that this one holds, by name, in Keras's order. */
  readonly held: ReadonlyMap<string, Layer>;
  /** Of a layer whose inputs choose, by whole numbers from 0 on: how many there are to choose from. */
  readonly choices?: number | undefined;
  /** Of a cell: the shapes of its states. */
  readonly states?: readonly Shape[] | undefined;
  plan(inputs: readonly PlanInput[], given?: CallArguments): Plan;
  run(inputs: readonly Flow[], given: Given, pass: Pass): readonly Flow[];
}

/** Gives a layer the name that a model found for it. */
export const nameLayer = (layer: Layer, name: string): void => {
  Object.defineProperty(layer, 'name', { value: name, configurable: true });
};

export const isLayer = (given: unknown): given is Layer => typeof given === 'function' && 'kind' in given && 'plan' in given;

/** The schema of an option that takes a layer. */
export const layerOption = z.custom<Layer>(isLayer, 'must be a layer, as in lstm({ units: 8 })');

type Remake = (changes: Readonly<Record<string, unknown>>) => Layer;
const remakes = new WeakMap<Layer, Remake>();

/** Says how a layer is made anew. */
export const remakeBy = (layer: Layer, again: Remake): void => void remakes.set(layer, again);

/** Layers among the options of a layer are made anew with it, so that the two share no weights. */
export const anew = (option: unknown): unknown => (isLayer(option) ? remake(option, {}) : Array.isArray(option) ? option.map(anew) : option);

/**
 * A new layer with the options of another, save for those in `changes`, and with weights of its own.
 * @throws ModelError for a model, which is not made of options.
 */
export function remake(layer: Layer, changes: Readonly<Record<string, unknown>>): Layer {
  const again = remakes.get(layer);
  if (!again) throw new ModelError(layer.name || layer.kind, 'cannot be made anew: only a layer made by its options can; give a layer, not a model');
  return again(changes);
}

/** What errors call a layer: its name and its kind, or the name of a model. */
export const called = (layer: Layer): string => {
  const { name, kind } = layer;
  if (!name || name === kind) return kind;
  return 'layers' in layer ? name : `${name} (${kind})`;
};

/** An error of a layer's own, told of this place; any other as it is. */
export function toldOf(place: string, layer: Layer, error: unknown): unknown {
  if (!(error instanceof ModelError) || ![layer.kind, layer.name].includes(error.where) || error.where === place) return error;
  return new ModelError(place, error.message.slice(error.where.length + 2), { cause: error });
}

const sourceOf = ({ node }: SymbolicTensor): string => (node.layer ? `the output of ${called(node.layer)}` : node.source?.name ? `the input "${node.source.name}"` : 'an input');

/** Calls a layer on symbolic tensors: a new node of the graph. */
export function callSymbolic(layer: Layer, x: SymbolicTensor | readonly SymbolicTensor[], given: CallArguments = {}): SymbolicTensor {
  const where = layer.name || layer.kind;
  const list = !isSymbolic(x);
  const inputs = list ? x : [x];
  if (!Array.isArray(inputs) || !inputs.every(isSymbolic)) {
    throw new ModelError(where, `is called on symbolic tensors, as in dense({ units: 1 })(input({ shape: [4] })), got ${inWords(x)}; what a layer of a model gives is model.outputOf(name), and for numbers there is predict()`);
  }
  const batchSize = inputs.map((each) => each.node.batchSize).find((n) => n !== null) ?? null;
  let outputs;
  try {
    ({ outputs } = layer.plan(inputs.map(({ shape, dtype, node }) => ({ shape, dtype, batchSize: node.batchSize ?? batchSize })), given));
  } catch (error) {
    // Layers that nobody named get their names with the model.
    throw toldOf(layer.name ? called(layer) : `${layer.kind}, called on ${inputs.slice(0, 3).map(sourceOf).join(' and ') || 'nothing'}`, layer, error);
  }
  return place({ layer, inputs, given, list }, outputs).outputs[0]!;
}
