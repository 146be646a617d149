/** What an author of a layer writes: `defineLayer`, `defineMerge`. */
import { z } from 'zod';
import type { Arguments } from './arguments.ts';
import { inWords, ModelError, parseOptions } from './errors.ts';
import { anew, callSymbolic, isLayer, nameLayer, remakeBy, type Flow, type Given, type Layer, type LayerKerasForm, type Pass, type Plan } from './layer.ts';
import { formulaOf } from './part.ts';
import type { Random } from './random.ts';
import { regularizer, type Regularizer } from './regularizers.ts';
import { show, type Shape } from './shape.ts';
import type { CallArguments, DType, SymbolicTensor } from './symbolic.ts';
import { tf, type Tensor } from './tensor.ts';
import type { Held, WeightSpec, WeightSpecs } from './weight.ts';

/** A layer that a layer holds, as it sees it in `call`. `changes` stand in for parts of the pass: weights, draws. */
export interface Inner {
  (x: Tensor | Flow | readonly (Tensor | Flow)[], given?: Given, changes?: Partial<Pass>): readonly Flow[];
}

/** What `call` is handed beside its input. */
export interface Run<O, W> {
  readonly options: O;
  readonly weights: Held<W>;
  readonly training: boolean;
  /** Whether this layer learns now; a frozen one should not move its statistics either. */
  readonly trainable: boolean;
  /** Draws that are reproducible from the model's seed. */
  readonly random: Random;
  /** The mask of the (first) input, bool of shape [batch, steps]: true where a step counts. */
  readonly mask: Tensor | undefined;
  /** The masks of all inputs, for layers that take several. */
  readonly masks: readonly (Tensor | undefined)[];
  readonly given: Given;
  /** The layers that this one holds, by the names of `layers`. */
  readonly inner: Readonly<Record<string, Inner>>;
  /** The whole pass, for a layer that sees to the weights of one that it holds. */
  readonly pass: Pass;
  /** Sets a weight that no gradient moves to its value after this pass. */
  update(name: keyof W & string, value: Tensor): void;
  /** Adds a scalar to the loss. */
  penalize(penalty: Tensor): void;
}

/** What `build` may ask about the place that a layer is put in. */
export interface Place {
  /** Fixed by `input({ batchSize })`, else `null`. */
  readonly batchSize: number | null;
  readonly dtype: DType;
  readonly given: CallArguments;
  /** Builds a layer that this one holds, and gives the shapes of its outputs. */
  readonly inner: Readonly<Record<string, (...inputs: readonly Shape[]) => readonly Shape[]>>;
}

/** Output shapes and weights for given options and input shapes. */
export interface Built<W extends WeightSpecs> {
  /** One shape, or one for each output. */
  readonly output: Shape | readonly Shape[];
  readonly weights?: W;
  /** Of the output; `float32` if not said. */
  readonly dtype?: DType;
}

/** What happens to a mask: without one of these it ends at the layer. */
export type MaskRule<O> = 'pass' | ((run: { readonly inputs: readonly Tensor[]; readonly masks: readonly (Tensor | undefined)[]; readonly options: O }) =>
  /** That of the first output, or one for each output. */
  Tensor | undefined | readonly (Tensor | undefined)[]);

interface CommonDefinition<K extends string, S extends z.ZodObject> {
  /** The layer's name in camelCase, which is also the name of its export. */
  readonly kind: K;
  /** Every option once: keys, defaults, checks, types, saved form. `name`, `trainable` and `activityRegularizer` come by themselves. */
  readonly options: S;
  readonly keras?: LayerKerasForm;
  /** How many axes one example must have. */
  readonly rank?: number | { readonly atLeast: number };
  /** Whether int32 inputs are taken as they are; else they are cast to float32. */
  readonly integers?: boolean;
  /** For inputs that choose: how many there are to choose from. Data beyond whole numbers from 0 up to that are refused before anything is computed. */
  readonly choices?: (options: z.output<S>) => number;
  readonly mask?: MaskRule<z.output<S>>;
  /** Layers that this one holds, by name. */
  readonly layers?: (options: z.output<S>) => Readonly<Record<string, Layer>>;
  /** Makes it a cell of `rnn`: takes `[x, ...states]` of one step, gives `[y, ...states]`. These are the shapes of its states. */
  readonly states?: (options: z.output<S>) => readonly Shape[];
  /** Gives each new layer what such layers have beside. The options may be changed: they are those that `build` and `call` get. */
  readonly made?: (layer: Layer, options: z.output<S>) => void;
}

export interface LayerDefinition<K extends string, S extends z.ZodObject, W extends WeightSpecs> extends CommonDefinition<K, S> {
  /** Pure: output shape and weights for an input of this shape. */
  readonly build: (options: z.output<S>, input: Shape, place: Place) => Built<W>;
  /** Pure, and made of tensor operations only: no read-back, no JavaScript randomness, no JavaScript number that changes. */
  readonly call: (x: Tensor, run: Run<z.output<S>, W>) => Tensor | readonly Tensor[];
}

export interface MergeDefinition<K extends string, S extends z.ZodObject, W extends WeightSpecs> extends CommonDefinition<K, S> {
  readonly build: (options: z.output<S>, inputs: readonly Shape[], place: Place) => Built<W>;
  readonly call: (xs: readonly Tensor[], run: Run<z.output<S>, W>) => Tensor | readonly Tensor[];
}

type CommonOptions = {
  /** What the layer is called in `summary`, errors and files; else it gets its kind and a number. */
  name?: string | undefined;
  /** `false` freezes its weights. */
  trainable?: boolean | undefined;
  /** Penalty on the outputs, divided by the batch size and added to the loss. */
  activityRegularizer?: z.input<typeof regularizer>;
};
const common = { name: z.string().min(1).optional(), trainable: z.boolean().default(true), activityRegularizer: regularizer };

type FactoryArguments<S extends z.ZodType> = Arguments<S, CommonOptions>;

/** Makes layers of one kind: `dense({ units: 10 })`. */
export interface LayerFactory<S extends z.ZodObject = z.ZodObject, L extends Layer = Layer> {
  (...given: FactoryArguments<S>): L;
  readonly kind: string;
  readonly options: S;
  /** Of all options, `name`, `trainable` and `activityRegularizer` among them. */
  readonly schema: z.ZodObject;
  readonly keras: LayerKerasForm | undefined;
}

const asFlow = (x: Tensor | Flow): Flow => ('tensor' in x ? x : { tensor: x });

function checkRank(where: string, rank: number | { readonly atLeast: number } | undefined, shape: Shape): void {
  if (rank === undefined || (typeof rank === 'number' ? shape.length === rank : shape.length >= rank.atLeast)) return;
  const wanted = typeof rank === 'number' ? `${rank}` : `at least ${rank.atLeast}`;
  const axes = wanted === '1' || wanted.endsWith(' 1') ? 'axis' : 'axes';
  const most = typeof rank === 'number' ? rank : Infinity;
  const remedy = shape.length > most ? (most === 1 ? 'put flatten() before it' : 'put reshape({ targetShape }) before it, or take a layer for more axes') : 'put reshape({ targetShape }) before it';
  throw new ModelError(where, `takes examples with ${wanted} ${axes}, but here one example is ${show(shape)}; ${remedy}`);
}

function needParts({ kind, build, call }: { readonly kind: string; readonly build: unknown; readonly call: unknown }): void {
  for (const [part, form] of [[build, 'build(options, inputShape) → { output, weights }'], [call, 'call(x, run) → tensor']] as const) {
    if (typeof part !== 'function') throw new ModelError(`defineLayer: ${kind}`, `needs ${form}, got ${inWords(part)}`);
  }
}

function define<const K extends string, S extends z.ZodObject, W extends WeightSpecs>(definition: MergeDefinition<K, S, W>): LayerFactory<S> {
  const { kind, keras, rank, mask: maskRule } = definition;
  needParts(definition);
  const schema = definition.options.extend(common);

  const factory = (...[given]: FactoryArguments<S>): Layer => {
    const { name = '', trainable, activityRegularizer, ...rest } = parseOptions(given?.name ? `${kind} "${given.name}"` : kind, schema, given ?? {}) as
      z.output<typeof schema> & { name?: string; trainable: boolean; activityRegularizer?: Regularizer | null };
    const options = rest as unknown as z.output<S>;
    // Files and errors call them by name.
    for (const option of Object.values(options).flat()) if (isLayer(option) && !option.name) nameLayer(option, option.kind);
    const layers = definition.layers?.(options) ?? {};
    const where = () => layer.name || kind;

    const plan: Layer['plan'] = (inputs, callGiven = {}) => {
      for (const { shape } of inputs) checkRank(where(), rank, shape);
      const inner = new Map<Layer, Plan>();
      const { batchSize = null, dtype = 'float32' } = inputs[0] ?? {};
      const buildInner = (key: string, held: Layer) => (...shapes: readonly Shape[]) => {
        try {
          const planned = held.plan(shapes.map((shape) => ({ shape, dtype: definition.integers || dtype === 'string' ? dtype : 'float32', batchSize })));
          inner.set(held, planned);
          return planned.outputs.map(({ shape }) => shape);
        } catch (error) {
          if (!(error instanceof ModelError)) throw error;
          throw new ModelError(where(), `in its ${key}, ${error.message}`, { cause: error });
        }
      };
      const built = definition.build(options, inputs.map(({ shape }) => shape), {
        batchSize, dtype, given: callGiven,
        inner: Object.fromEntries(Object.entries(layers).map(([key, held]) => [key, buildInner(key, held)])),
      });
      if (!Array.isArray((built as Partial<typeof built> | undefined)?.output)) throw new ModelError(where(), `its build must give { output, weights }, with the shape of one example as output, got ${inWords(built)}`);
      const shapes = isShape(built.output) ? [built.output] : built.output;
      return {
        outputs: shapes.map((shape) => ({ shape, dtype: built.dtype ?? 'float32' })),
        weights: Object.fromEntries(Object.entries(built.weights ?? {}).filter((entry): entry is [string, WeightSpec] => entry[1] !== undefined)),
        inner,
      };
    };

    const run: Layer['run'] = (inputs, callGiven, pass) => {
      const tensors = inputs.map(({ tensor }) => (definition.integers || tensor.dtype === 'float32' || tensor.dtype === 'string' ? tensor : tf.cast(tensor, 'float32')));
      const masks = inputs.map(({ mask }) => mask);
      const runInner = (held: Layer): Inner => (x, innerGiven = {}, changes = undefined) =>
        held.run((Array.isArray(x) ? (x as readonly (Tensor | Flow)[]) : [x as Tensor | Flow]).map(asFlow), innerGiven, changes ? { ...pass, ...changes } : pass);
      const given = definition.call(tensors, {
        options, masks, mask: masks[0], given: callGiven,
        weights: pass.weights(layer) as Held<W>,
        training: pass.training, trainable: layer.trainable, random: pass.random,
        inner: Object.fromEntries(Object.entries(layers).map(([key, held]) => [key, runInner(held)])),
        pass,
        update: (key, value) => pass.update(layer, key, value),
        penalize: pass.penalize,
      });
      const outputs = Array.isArray(given) ? (given as readonly Tensor[]) : [given as Tensor];
      for (const output of outputs as readonly unknown[]) {
        if (!((output as Partial<Tensor> | null | undefined)?.shape)) throw new ModelError(where(), `its call must give a tensor, or a list of them, got ${inWords(output)}`);
      }
      if (activityRegularizer) {
        for (const output of outputs) pass.penalize(tf.div(formulaOf(activityRegularizer)(output), output.shape[0]!));
      }
      const passed = maskRule === 'pass' ? masks.find(Boolean) : maskRule?.({ inputs: tensors, masks, options });
      const outMasks = Array.isArray(passed) ? (passed as readonly (Tensor | undefined)[]) : [passed as Tensor | undefined];
      return outputs.map((tensor, i) => ({ tensor, mask: outMasks[i] }));
    };

    const layer = ((x: SymbolicTensor | readonly SymbolicTensor[], callGiven?: CallArguments) => callSymbolic(layer, x, callGiven)) as Layer;
    const saved = activityRegularizer ? { ...options, activityRegularizer } : options;
    Object.assign(layer, { kind, options: saved, schema, keras, held: new Map(Object.entries(layers)), plan, run });
    if (definition.choices) Object.assign(layer, { choices: definition.choices(options) });
    if (definition.states) Object.assign(layer, { states: definition.states(options) });
    nameLayer(layer, name);
    remakeBy(layer, (changes) => {
      const copied = Object.fromEntries(Object.entries(saved).map(([key, option]) => [key, anew(option)]));
      return factory(...([{ ...copied, trainable: layer.trainable, ...changes }] as unknown as FactoryArguments<S>));
    });
    let learns = trainable;
    Object.defineProperty(layer, 'trainable', {
      enumerable: true,
      get: () => learns,
      set: (value: boolean) => {
        learns = value;
        for (const held of Object.values(layers)) held.trainable = value;
      },
    });
    if (!trainable) layer.trainable = false;
    definition.made?.(layer, options);
    return layer;
  };
  return Object.assign(factory, { kind, options: definition.options, schema, keras });
}

const isShape = (output: Shape | readonly Shape[]): output is Shape => !output.some((each) => Array.isArray(each));

/** Defines a layer that takes one tensor. See docs/custom-layer.md. */
export function defineLayer<const K extends string, S extends z.ZodObject, W extends WeightSpecs>(definition: LayerDefinition<K, S, W>): LayerFactory<S> {
  needParts(definition);
  const only = <T>(list: readonly T[]): T => {
    if (list.length !== 1) throw new ModelError(definition.kind, `takes one tensor, got a list of ${list.length}; put concatenate() or another merging layer before it`);
    return list[0]!;
  };
  return define<K, S, W>({
    ...definition,
    build: (options, inputs, place) => definition.build(options, only(inputs), place),
    call: (xs, run) => definition.call(only(xs), run),
  });
}

/** Defines a layer that takes a list of tensors. */
export const defineMerge = define;
