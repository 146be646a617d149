/** `sequential` and `model`: from layers to models. */
import { inWords, ModelError } from '../core/errors.ts';
import type { Layer, PlanInput } from '../core/layer.ts';
import { isSymbolic, place, type SymbolicTensor } from '../core/symbolic.ts';
import { Model } from './model.ts';
import { nameMayChange } from './names.ts';
import { buildNetwork, type Network } from './network.ts';
import type { Structured } from './structure.ts';
import type { Seeds } from './variables.ts';

export interface ModelOptions {
  readonly name?: string | undefined;
  /** What all randomness of the model follows from: starting weights, shuffling, dropout. Without one, each run differs. */
  readonly seed?: number | undefined;
}

function seedOf(where: string, seed: number | undefined): number {
  if (seed === undefined) return Math.floor(Math.random() * 2 ** 30);
  if (!Number.isSafeInteger(seed) || seed < 0 || seed >= 2 ** 31) throw new ModelError(where, `seed must be a whole number from 0 to 2147483647, got ${inWords(seed)}`);
  return seed;
}

/** Weights of one model get seeds of their own: (model's seed, which weight). */
function seedsFrom(seed: number): Seeds {
  let made = 0;
  return { seed, next: () => made++ };
}

/** A name that nobody gave may change when the model becomes a layer of another. */
function named(name: string, made: Model): Model {
  if (!name) nameMayChange(made);
  return made;
}

/** A stack of layers. The input may be left out: then the first data builds the model. */
export function sequential(layers: readonly (Layer | SymbolicTensor)[], { name = '', seed: given }: ModelOptions = {}): Model {
  const where = name || 'sequential';
  if (!Array.isArray(layers)) throw new ModelError(where, `takes a list of layers, got ${inWords(layers)}`);
  const seed = seedOf(where, given);
  const [first] = layers;
  const stack = layers.slice(isSymbolic(first) ? 1 : 0);
  stack.forEach((layer: unknown, i) => {
    if (isSymbolic(layer)) throw new ModelError(where, `input() goes first, not at place ${i + 1}`);
    if (typeof layer !== 'function') throw new ModelError(where, `takes layers, got ${inWords(layer)} at place ${i + 1}`);
    if (!('plan' in layer)) throw new ModelError(where, `takes layers, got ${inWords(layer)} at place ${i + 1}; if it is a factory, call it`);
    if (stack.indexOf(layer as unknown as Layer) !== i) throw new ModelError(where, `has one layer twice, at places ${stack.indexOf(layer as unknown as Layer) + 1} and ${i + 1}; make another, or share it in a functional model`);
  });
  const pending = stack as readonly Layer[];
  const connect = (start: SymbolicTensor): Network => {
    let at = start;
    pending.forEach((layer, i) => {
      try {
        at = layer(at);
      } catch (error) {
        // The place in the stack says more than a name that nobody gave.
        throw error instanceof ModelError && !layer.name ? new ModelError(`${where}, layer ${i + 1} (${layer.kind})`, error.message.replace(`${error.where}: `, ''), { cause: error }) : error;
      }
    });
    return buildNetwork(where, { inputs: start, outputs: at }, seedsFrom(seed));
  };
  const build = (inputs: readonly PlanInput[]): Network => {
    if (inputs.length !== 1) throw new ModelError(where, `takes one input, got ${inputs.length}; use model() for several`);
    const { shape, dtype, batchSize } = inputs[0]!;
    return connect(place({ layer: undefined, inputs: [], given: {}, list: false, source: { name: undefined, batchSize } }, [{ shape, dtype }]).outputs[0]!);
  };
  return named(name, new Model('sequential', { name: where, seed, build, pending, ...(isSymbolic(first) && { network: connect(first) }) }));
}

/** A model between symbolic tensors: one, a list or a record of them at each end. */
export function model({ inputs, outputs, name = '', seed: given }: ModelOptions & { readonly inputs: Structured<SymbolicTensor>; readonly outputs: Structured<SymbolicTensor> }): Model {
  const where = name || 'model';
  const seed = seedOf(where, given);
  const network = buildNetwork(where, { inputs, outputs }, seedsFrom(seed));
  return named(name, new Model('functional', { name: where, seed, network, build: () => network }));
}
