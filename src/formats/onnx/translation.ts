/** What a trace has become in ONNX so far. It keeps track of how each tensor is laid out, so that none is transposed that need not be. */
import { ModelError } from '../../core/errors.ts';
import type { Size, Trace, TracedConstant, TracedNode, TracedValue, ValueId } from '../export/trace.ts';
import { between, plain, reordered, sameAxes, type Axes } from './axes.ts';
import { GrowingGraph } from './growing.ts';

/** Where the numbers of a traced tensor are. */
interface Held {
  readonly name: string;
  readonly axes: Axes;
}

export class Translation extends GrowingGraph {
  readonly #trace: Trace;
  readonly #where: string;
  readonly #held = new Map<ValueId, Held>();
  readonly #parts = new Map<ValueId, readonly string[]>();
  readonly #uses = new Map<ValueId, number>();
  #operation = '';

  constructor(trace: Trace, where: string) {
    super([...trace.inputs, ...trace.outputs].map(({ name }) => name));
    this.#trace = trace;
    this.#where = where;
    for (const { name, id } of trace.inputs) this.write(id, name);
    for (const id of [...trace.nodes.flatMap(({ inputs }) => Object.values(inputs)), ...trace.outputs.map((output) => output.id)]) this.#uses.set(id, this.uses(id) + 1);
  }

  /** Says for which operation nodes are added from now on. */
  begin({ layer, kernel }: TracedNode): void {
    this.scope = layer;
    this.#operation = kernel;
  }

  refuse(problem: string): never {
    throw new ModelError(this.#where, `the layer "${this.scope}" needs the operation ${this.#operation} ${problem}`);
  }

  // What is known of the trace.

  value(id: ValueId): TracedValue {
    return this.#trace.values.get(id)!;
  }

  constant(id: ValueId): TracedConstant | undefined {
    return this.#trace.constants.get(id);
  }

  /** How many operations and outputs take a tensor. */
  uses(id: ValueId): number {
    return this.#uses.get(id) ?? 0;
  }

  /** Sizes that must not follow the batch. */
  fixed(sizes: readonly Size[]): number[] {
    return sizes.map((size) => (typeof size === 'number' ? size : this.refuse('in a form that depends on the number of examples, which ONNX has no words for')));
  }

  // Tensors.

  #plain(id: ValueId): Axes {
    return plain(this.value(id).shape.length);
  }

  /** How a tensor is laid out; constants lie as one likes. */
  axes(id: ValueId): Axes {
    return this.#held.get(id)?.axes ?? this.#plain(id);
  }

  /** Numbers of a constant in a form of their own. */
  fixture(id: ValueId, form: string, make: (constant: TracedConstant) => Pick<TracedConstant, 'shape' | 'data'>): string {
    const constant = this.constant(id)!;
    return this.initializer(`constant ${id} ${form}`, constant.name, () => ({ type: constant.dtype, ...make(constant) }));
  }

  /** The name of a traced tensor with its axes in an order. */
  read(id: ValueId, axes: Axes = this.#plain(id)): string {
    const held = this.#held.get(id);
    if (!held) return this.fixture(id, axes.join(), ({ data, shape }) => ({ data: reordered(data, shape, axes), shape: axes.map((axis) => shape[axis]!) }));
    if (sameAxes(held.axes, axes)) return held.name;
    const perm = between(held.axes, axes);
    return this.once(`${held.name} ${perm.join()}`, () => this.add('Transpose', [held.name], { perm }));
  }

  /** The name of a traced tensor, however it is laid out. */
  readAsIs(id: ValueId): string {
    return this.read(id, this.axes(id));
  }

  /** Says where a traced tensor's numbers are. */
  write(id: ValueId, name: string, axes: Axes = this.#plain(id)): void {
    this.#held.set(id, { name, axes });
  }

  /** Says what parts a traced tensor has, one below the other, which is only ever taken apart. */
  writeParts(id: ValueId, names: readonly string[]): void {
    this.#parts.set(id, names);
  }

  parts(id: ValueId): readonly string[] | undefined {
    return this.#parts.get(id);
  }

  // Sizes that follow the batch.

  /** Sizes as a tensor. */
  sizes(sizes: readonly Size[]): string {
    if (sizes.every((size) => typeof size === 'number')) return this.integers(sizes);
    const parts: { readonly fixed: number[]; readonly open?: number }[] = [];
    for (const size of sizes) {
      if (typeof size !== 'number') parts.push({ fixed: [], open: size.batch });
      else if (parts.at(-1)?.open === undefined && parts.length > 0) parts.at(-1)!.fixed.push(size);
      else parts.push({ fixed: [size] });
    }
    const names = parts.map(({ fixed, open }) => (open === undefined ? this.integers(fixed) : this.#batch(open)));
    return names.length === 1 ? names[0]! : this.add('Concat', names, { axis: 0 });
  }

  /** A multiple of the number of examples, as a list of one. */
  #batch(times: number): string {
    return this.once(`batch ${times}`, () => (times === 1 ? this.add('Shape', [this.#trace.inputs[0]!.name], { start: 0, end: 1 }) : this.add('Mul', [this.#batch(1), this.integers([times])])));
  }

  /** What a reshape is told: one size that follows the batch is found by itself. */
  shape(sizes: readonly Size[]): string {
    const open = sizes.filter((size) => typeof size !== 'number');
    return open.length > 1 ? this.sizes(sizes) : this.integers(sizes.map((size) => (typeof size === 'number' ? size : -1)));
  }

  /** Gives outputs the names that the model has for them. */
  end(): void {
    const made = this.#trace.outputs.map(({ name, id }) => {
      this.scope = name;
      return this.read(id);
    });
    this.#trace.outputs.forEach(({ name }, i) => {
      this.scope = name;
      const twin = made.indexOf(made[i]!);
      this.finish(twin < i ? this.#trace.outputs[twin]!.name : made[i]!, name);
    });
  }
}
