/** The weights of layers: made once for a layer, however many models share it, and disposed of with the last of them. */
import { whenAdapted } from '../core/adapt.ts';
import { ModelError } from '../core/errors.ts';
import type { Layer, Plan } from '../core/layer.ts';
import type { WeightSpec } from '../core/weight.ts';
import { formulaOf } from '../core/part.ts';
import { show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';

let changes = 0;
/** How often a weight of any model was given another value, or one that is still to come: what was computed of weights before another time may no longer hold. */
export const timesChanged = (): number => changes;

let blank = false;

/** Makes models whose weights come from a file: until they are set they take neither time nor memory, so that a file may ask for any. */
export function withBlankVariables<T>(make: () => T): T {
  blank = true;
  try {
    return make();
  } finally {
    blank = false;
  }
}

/** One weight of one layer. */
export class Variable {
  readonly layer: Layer;
  readonly name: string;
  readonly spec: WeightSpec;
  #tensor: Tensor | undefined;
  readonly #seed: readonly [number, number];
  /** What brings its tensor up to date, if that is behind. */
  #settle: (() => void) | undefined;
  /** Models that use it. */
  owners = 0;

  constructor(layer: Layer, name: string, spec: WeightSpec, seed: readonly [number, number]) {
    this.layer = layer;
    this.name = name;
    this.spec = spec;
    this.#seed = seed;
    if (!blank) this.#tensor = tf.keep(this.#start());
  }

  #start(): Tensor {
    const { initializer, shape, dtype } = this.spec;
    return tf.tensor(formulaOf(initializer)(shape, this.#seed), [...shape], dtype);
  }

  get tensor(): Tensor {
    this.#settle?.();
    return (this.#tensor ??= tf.keep(this.#start()));
  }

  /** `dense/kernel` */
  get path(): string {
    return `${this.layer.name}/${this.name}`;
  }

  /** Lets its tensor be behind what training has come to until somebody looks at it; `settle` then replaces it. */
  lag(settle: () => void): void {
    changes++;
    this.#settle = settle;
  }

  /** Its tensor as whoever lets it be behind left it. */
  heldBy(settle: () => void): Tensor {
    return this.#settle === settle && this.#tensor ? this.#tensor : this.tensor;
  }

  /** Takes over a tensor; the one that it replaces is disposed of. */
  replace(tensor: Tensor): void {
    this.#settle = undefined;
    if (tensor === this.#tensor) return;
    changes++;
    const old = this.#tensor;
    this.#tensor = tf.keep(tensor);
    old?.dispose();
  }

  /** Goes back to its starting value. */
  restart(): void {
    this.replace(this.#start());
  }

  get learns(): boolean {
    return this.spec.trainable && this.layer.trainable;
  }

  /** One model less uses it. A layer whose weights are gone starts anew in the next model. */
  release(): void {
    this.owners--;
    if (this.owners > 0) return;
    this.#tensor?.dispose();
    variables.delete(this.layer);
  }
}

const variables = new WeakMap<Layer, Readonly<Record<string, Variable>>>();

const sameShape = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((n, i) => n === b[i]);

/** Where new weights get their seeds: the model's seed, and how many weights came before. */
export interface Seeds { readonly seed: number; next(): number }

/** @throws ModelError if a weight that is there does not have the shape that is needed. */
function checkFits(layer: Layer, there: Readonly<Record<string, WeightSpec>>, needed: Readonly<Record<string, WeightSpec>>): void {
  for (const [name, { shape }] of Object.entries(needed)) {
    const known = there[name];
    if (known && sameShape(known.shape, shape)) continue;
    throw new ModelError(layer.name || layer.kind, `its ${name} has shape ${known ? show(known.shape) : 'none'} from an earlier call, but this input needs ${show(shape)}; a layer that is shared takes inputs of one shape`);
  }
}

/** @throws ModelError if two calls of a layer need weights of different shapes. */
export function checkShared(layer: Layer, first: Plan, again: Plan): void {
  checkFits(layer, first.weights, again.weights);
  for (const [held, inner] of again.inner) if (first.inner.has(held)) checkShared(held, first.inner.get(held)!, inner);
}

type Planned = Iterable<readonly [Layer, Plan]>;

function makeThose(planned: Planned, seeds: Seeds, made: Variable[]): void {
  for (const [layer, plan] of planned) {
    const known = variables.get(layer);
    if (known) {
      checkFits(layer, Object.fromEntries(Object.entries(known).map(([name, { spec }]) => [name, spec])), plan.weights);
    } else {
      const own = Object.entries(plan.weights).map(([name, spec]): [string, Variable] => {
        const variable = new Variable(layer, name, spec, [seeds.seed, seeds.next()]);
        made.push(variable);
        return [name, variable];
      });
      variables.set(layer, Object.fromEntries(own));
      whenAdapted(layer, (values) => {
        for (const [name, { data, shape }] of Object.entries(values)) {
          const variable = variables.get(layer)?.[name];
          variable?.replace(tf.tensor(data as Float32Array, [...shape], variable.spec.dtype));
        }
      });
    }
    makeThose(plan.inner, seeds, made);
  }
}

/**
 * Makes the weights that plans ask for, of layers and of the layers that they hold.
 * @throws ModelError if those that are there already do not fit, or a weight cannot start as it should; then none is made.
 */
export function makeVariables(planned: Planned, seeds: Seeds): void {
  const made: Variable[] = [];
  try {
    makeThose(planned, seeds, made);
  } catch (error) {
    for (const variable of made) variable.release();
    throw error;
  }
}

/** The layer's own weights in Keras's order: trainable ones first. */
export function ownVariables(layer: Layer): readonly Variable[] {
  const all = Object.values(variables.get(layer) ?? {});
  return [...all.filter(({ spec }) => spec.trainable), ...all.filter(({ spec }) => !spec.trainable)];
}

/** The layer's weights and those of the layers that it holds, in Keras's order. */
export const variablesOf = (layer: Layer): readonly Variable[] => [
  ...ownVariables(layer),
  ...[...layer.held.values()].flatMap(variablesOf),
];

/** The layer's weights by name. */
export const namedVariables = (layer: Layer): Readonly<Record<string, Variable>> => variables.get(layer) ?? {};

/** All layers with weights of their own, each once. */
export const uniqueVariables = (layers: readonly Layer[]): readonly Variable[] => [...new Set(layers.flatMap(variablesOf))];
