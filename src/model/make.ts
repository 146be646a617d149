/** `sequential` and `model`: from layers to models. */
import { z } from 'zod';
import { inWords, ModelError, parseOptions } from '../core/errors.ts';
import type { Layer, PlanInput } from '../core/layer.ts';
import { isSymbolic, place, type SymbolicTensor } from '../core/symbolic.ts';
import { Model, type Outputs } from './model.ts';
import { nameMayChange } from './names.ts';
import { drawNetwork, type Drawing } from './network.ts';
import type { Structured } from './structure.ts';
import type { Tensor } from '../core/tensor.ts';

export interface ModelOptions {
  readonly name?: string | undefined;
  /** What all randomness of the model follows from: starting weights, shuffling, dropout. Without one, each run differs. */
  readonly seed?: number | undefined;
}

const common = { name: z.string().min(1).optional(), seed: z.int().min(0).max(2 ** 31 - 1).optional() };
const sequentialOptions = z.strictObject(common);
const modelOptions = z.strictObject({ ...common, inputs: z.unknown().optional(), outputs: z.unknown().optional() });

const anySeed = () => Math.floor(Math.random() * 2 ** 30);

/** A name that nobody gave may change when the model becomes a layer of another. */
function named<M extends Model>(name: string | undefined, made: M): M {
  if (!name) nameMayChange(made);
  return made;
}

const where = (name: string | undefined, kind: string) => name ?? kind;

function checkStack(at: string, layers: readonly unknown[]): { readonly first: SymbolicTensor | undefined; readonly stack: readonly Layer[] } {
  const first = isSymbolic(layers[0]) ? layers[0] : undefined;
  layers.forEach((layer, i) => {
    if (i === 0 && first) {
      if (first.node.layer) throw new ModelError(at, 'begins with the output of a layer; begin with input({ shape }), or use model() to go on from a layer');
      return;
    }
    const here = `at place ${i + 1}`;
    if (isSymbolic(layer)) throw new ModelError(at, `${layer.node.layer ? 'takes layers, not the tensors that they give,' : 'input() goes first, not'} ${here}`);
    if (typeof layer !== 'function') throw new ModelError(at, `takes layers, got ${inWords(layer)} ${here}`);
    if (!('plan' in layer)) throw new ModelError(at, `takes layers, got ${'kind' in layer ? `the factory ${String(layer.kind)}` : inWords(layer)} ${here}; if it is a factory, call it${'kind' in layer ? `: ${String(layer.kind)}({ … })` : ''}`);
    const before = layers.indexOf(layer);
    if (before !== i) throw new ModelError(at, `has one layer twice, at places ${before + 1} and ${i + 1}; make another, or share it in a functional model`);
  });
  return { first, stack: (first ? layers.slice(1) : layers) as readonly Layer[] };
}

/** Calls the layers one after the other. */
function connect(at: string, start: SymbolicTensor, stack: readonly Layer[]): Drawing {
  let end = start;
  stack.forEach((layer, i) => {
    try {
      end = layer(end);
    } catch (error) {
      // The place in the stack says more than what it is called on.
      throw error instanceof ModelError ? new ModelError(`${at}, layer ${i + 1} (${layer.name && layer.name !== layer.kind ? `${layer.kind} "${layer.name}"` : layer.kind})`, error.message.slice(error.where.length + 2), { cause: error }) : error;
    }
  });
  return drawNetwork(at, { inputs: start, outputs: end });
}

/** What a stack that begins with a model takes: what that one takes. */
function taken(first: Layer | undefined): PlanInput | undefined {
  if (!(first instanceof Model) || !first.built || first.inputs.length !== 1) return undefined;
  const { shape, dtype, node } = first.inputs[0]!;
  return { shape, dtype, batchSize: node.batchSize };
}

/** A stack of layers. The input may be left out: then a model in the first place, the first data, or the model that it becomes a layer of, builds the model. */
export function sequential(layers: readonly (Layer | SymbolicTensor)[], options: ModelOptions = {}): Model<Tensor> {
  const { name, seed } = parseOptions('sequential', sequentialOptions, options);
  const at = where(name, 'sequential');
  if (!Array.isArray(layers)) throw new ModelError(at, `takes a list of layers, got ${inWords(layers)}`);
  if (layers.length === 0) throw new ModelError(at, 'has no layers; give at least one');
  const { first, stack } = checkStack(at, layers);
  const build = (inputs: readonly PlanInput[]): Drawing => {
    if (inputs.length !== 1) throw new ModelError(at, `takes one input, got ${inputs.length}; use model() for several`);
    const { shape, dtype, batchSize } = inputs[0]!;
    return connect(at, place({ layer: undefined, inputs: [], given: {}, list: false, source: { name: undefined, batchSize } }, [{ shape, dtype }]).outputs[0]!, stack);
  };
  const known = first ? undefined : taken(stack[0]);
  const drawing = first ? connect(at, first, stack) : known && build([known]);
  return named(name, new Model<Tensor>('sequential', { name: at, seed: seed ?? anySeed(), build, pending: stack, drawing }));
}

/** A model between symbolic tensors: one, a list or a record of them at each end. */
export function model<const O extends Structured<SymbolicTensor>>(options: ModelOptions & { readonly inputs: Structured<SymbolicTensor>; readonly outputs: O }): Model<Outputs<O>> {
  const { name, seed } = parseOptions('model', modelOptions, options);
  const at = where(name, 'model');
  const drawing = drawNetwork(at, options);
  return named(name, new Model<Outputs<O>>('functional', { name: at, seed: seed ?? anySeed(), drawing, build: () => drawing }));
}
