/** Builds up a graph of TensorFlow from traced operations. */
import { attr, constant as constantNode, types, type Attrs, type Node } from '../../runtime/native/record/graph.ts';
import { typesOf } from '../../runtime/native/record/ops.ts';
import type { Size, TracedNode, TracedType, TracedValue } from '../export/trace.ts';
import type { Variable } from './checkpoint.ts';
import { readerOf, variableNodes } from './saver.ts';
import { typeNumber } from './typeNumber.ts';

/** One output of a node. */
export interface Ref { readonly reference: string; readonly dtype: TracedType }

/** Numbers that are too many for a node. */
const many = 1024;

/** What a node is made of beside its name; types of inputs that TensorFlow infers for eager calls need not be told. */
export interface Operation { readonly op: string; readonly inputs: readonly Ref[]; readonly attrs?: Attrs }

/** Names of nodes take letters, digits and these. */
const nameable = (text: string) => text.replaceAll(/[^A-Za-z0-9_./-]/g, '_').replace(/^[^A-Za-z0-9.]/, 'n$&');

export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly variables: Variable[] = [];
  readonly #names = new Set<string>();
  readonly #numbers = new Map<string, Ref>();
  readonly #counts = new Map<number, Ref>();
  readonly #example: () => Ref;
  scope = '';

  /** @param example - gives a tensor whose first axis is the batch */
  constructor(example: () => Ref) {
    this.#example = example;
  }

  /** A name that no other node has. */
  name(wanted: string): string {
    const base = nameable(wanted);
    let name = base;
    for (let n = 1; this.#names.has(name); n++) name = `${base}_${n}`;
    this.#names.add(name);
    return name;
  }

  placeholder(name: string, dtype: TracedType, shape: readonly number[]): Ref {
    const unique = this.name(name);
    this.nodes.push({ name: unique, op: 'Placeholder', inputs: [], attrs: { dtype: attr.type(typeNumber(dtype)), shape: attr.shape(shape) } });
    return { reference: unique, dtype };
  }

  /** Numbers that are always the same. Many are a variable's: TensorFlow copies what is in a graph again and again. */
  constant(name: string, value: Variable['value']): Ref {
    const unique = this.name(name);
    const { data, shape, dtype } = value;
    if (data.length < many || dtype === 'bool') {
      this.nodes.push(constantNode(unique, typeNumber(dtype), shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)));
      return { reference: unique, dtype };
    }
    const variable = { name: unique, value };
    this.variables.push(variable);
    this.nodes.push(...variableNodes(variable));
    return { reference: readerOf(unique), dtype };
  }

  /** A small constant; one of the same numbers serves again. */
  #known(dtype: TracedType, shape: readonly number[], numbers: readonly number[]): Ref {
    const key = JSON.stringify([dtype, shape, numbers.map(String)]);
    const known = this.#numbers.get(key);
    if (known) return known;
    const data = dtype === 'float32' ? Float32Array.from(numbers) : dtype === 'int32' ? Int32Array.from(numbers) : Uint8Array.from(numbers);
    const made = this.constant('numbers', { data, shape, dtype });
    this.#numbers.set(key, made);
    return made;
  }

  scalar(value: number, dtype: TracedType = 'int32'): Ref {
    return this.#known(dtype, [], [value]);
  }

  ints(values: readonly number[]): Ref {
    return this.#known('int32', [values.length], values);
  }

  /** Pairs, such as what is padded before and after each axis. */
  pairs(values: readonly (readonly number[])[]): Ref {
    return this.#known('int32', [values.length, 2], values.flat());
  }

  /** Adds an operation; gives its only output, or its first. */
  add(op: string, inputs: readonly Ref[], dtype: TracedType, attrs: Attrs = {}): Ref {
    return this.addAll({ op, inputs, attrs }, [dtype])[0]!;
  }

  /** Adds an operation with several outputs. */
  addAll({ op, inputs, attrs = {} }: Operation, dtypes: readonly TracedType[]): readonly Ref[] {
    const name = this.name(`${this.scope}/${op}`);
    const inferred = Object.fromEntries(typesOf(op).map(([attribute, input]) => [attribute, attr.type(typeNumber(inputs[input]!.dtype))]));
    this.nodes.push({ name, op, inputs: inputs.map(({ reference }) => reference), attrs: { ...inferred, ...attrs } });
    return dtypes.map((dtype, i) => ({ reference: i === 0 ? name : `${name}:${i}`, dtype }));
  }

  /** A number that may follow the batch, as an int32 scalar. */
  size(size: Size): Ref {
    if (typeof size === 'number') return this.scalar(size);
    const known = this.#counts.get(size.batch);
    if (known) return known;
    const { scope } = this;
    this.scope = 'batch';
    const made = size.batch === 1 ? this.#batch() : this.add('Mul', [this.size({ batch: 1 }), this.scalar(size.batch)], 'int32');
    this.scope = scope;
    this.#counts.set(size.batch, made);
    return made;
  }

  #batch(): Ref {
    const example = this.#example();
    const shape = this.add('Shape', [example], 'int32', { T: attr.type(typeNumber(example.dtype)), out_type: attr.type(types.int32) });
    return this.add('StridedSlice', [shape, this.ints([0]), this.ints([1]), this.ints([1])], 'int32', { shrink_axis_mask: attr.int(1) });
  }

  /** Sizes of which some may follow the batch, as an int32 vector. */
  sizes(sizes: readonly Size[]): Ref {
    if (sizes.every((size) => typeof size === 'number')) return this.ints(sizes);
    return this.add('Pack', sizes.map((size) => this.size(size)), 'int32', { N: attr.int(sizes.length), T: attr.type(types.int32), axis: attr.int(0) });
  }

  /** The sizes of a shape that TensorFlow may find out itself: −1 for the only one that follows the batch. */
  shape(sizes: readonly Size[]): Ref {
    const open = sizes.filter((size) => typeof size !== 'number').length;
    return open > 1 || sizes.includes(0) ? this.sizes(sizes) : this.ints(sizes.map((size) => (typeof size === 'number' ? size : -1)));
  }
}

/** One traced operation, as what writes it down sees it. */
export interface Traced {
  readonly node: TracedNode;
  readonly graph: GraphBuilder;
  /** The input of a name. */
  readonly input: (name: string) => Ref;
  readonly inputs: readonly Ref[];
  readonly valueOf: (name: string) => TracedValue;
  readonly output: TracedNode['outputs'][number];
  /** @param why - goes on from the name of the operation: ` with …` */
  readonly refuse: (why: string) => never;
}

/** Writes down one operation; gives its outputs. */
export type KernelWriter = (traced: Traced) => Ref | readonly Ref[];
