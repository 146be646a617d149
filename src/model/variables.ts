/** The weights of layers: made once for a layer, however many models share it, and disposed of with the last of them. */
import { ModelError } from '../core/errors.ts';
import type { Layer, Plan, WeightSpec } from '../core/layer.ts';
import { formulaOf } from '../core/part.ts';
import { show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';

let blank = false;

/** Makes models whose weights come from a file: drawing what is about to be replaced takes long for large layers. */
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
  #tensor: Tensor;
  /** Models that use it. */
  owners = 0;

  constructor(layer: Layer, name: string, spec: WeightSpec, seed: readonly [number, number]) {
    this.layer = layer;
    this.name = name;
    this.spec = spec;
    this.#tensor = tf.keep(blank
      ? tf.zeros([...spec.shape], spec.dtype)
      : tf.tensor(formulaOf(spec.initializer)(spec.shape, seed), [...spec.shape], spec.dtype));
  }

  get tensor(): Tensor {
    return this.#tensor;
  }

  /** `dense/kernel` */
  get path(): string {
    return `${this.layer.name}/${this.name}`;
  }

  /** Takes over a tensor; the one that it replaces is disposed of. */
  replace(tensor: Tensor): void {
    if (tensor === this.#tensor) return;
    const old = this.#tensor;
    this.#tensor = tf.keep(tensor);
    old.dispose();
  }

  get learns(): boolean {
    return this.spec.trainable && this.layer.trainable;
  }

  release(): void {
    this.owners--;
    if (this.owners <= 0) this.#tensor.dispose();
  }
}

const variables = new WeakMap<Layer, Readonly<Record<string, Variable>>>();

const sameShape = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((n, i) => n === b[i]);

/** Where new weights get their seeds: the model's seed, and how many weights came before. */
export interface Seeds { readonly seed: number; next(): number }

/** Makes the weights that a plan asks for, of a layer and of the layers that it holds; those that are there already must fit. */
export function makeVariables(layer: Layer, plan: Plan, seeds: Seeds): void {
  const known = variables.get(layer);
  if (known) {
    for (const [name, spec] of Object.entries(plan.weights)) {
      const there = known[name];
      if (there && sameShape(there.spec.shape, spec.shape)) continue;
      throw new ModelError(layer.name || layer.kind, `its ${name} has shape ${there ? show(there.spec.shape) : 'none'} from an earlier call, but this input needs ${show(spec.shape)}; a layer that is shared takes inputs of one shape`);
    }
  } else {
    variables.set(layer, Object.fromEntries(Object.entries(plan.weights).map(([name, spec]) => [name, new Variable(layer, name, spec, [seeds.seed, seeds.next()])])));
  }
  for (const [held, inner] of plan.inner) makeVariables(held, inner, seeds);
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
