/** A graph of ONNX that grows node by node: names that no two tensors share, and nothing made twice that is the same. */
import type { TracedType } from '../export/trace.ts';
import type { Attribute, Initializer, OnnxNode } from './messages.ts';

/** A node that may still take in what follows. */
export interface GrowingNode extends OnnxNode {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
}

type Attributes = Readonly<Record<string, Attribute>>;

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

export class GrowingGraph {
  readonly nodes: GrowingNode[] = [];
  readonly initializers: Initializer[] = [];
  readonly #names: Set<string>;
  readonly #producers = new Map<string, GrowingNode>();
  /** Tensors by what they hold. */
  readonly #made = new Map<string, string>();
  /** What nodes are named by: `conv2d` gives `conv2d/Relu`. */
  scope = '';

  /** @param reserved - names of the inputs and outputs */
  constructor(reserved: Iterable<string>) {
    this.#names = new Set(reserved);
  }

  #unique(wanted: string): string {
    let name = wanted;
    for (let n = 1; this.#names.has(name); n++) name = `${wanted}_${n}`;
    this.#names.add(name);
    return name;
  }

  /** Adds a node of several outputs; gives their names. */
  addMany(op: string, inputs: readonly string[], count: number, attributes: Attributes = {}): readonly string[] {
    const name = this.#unique(`${this.scope}/${op}`);
    const outputs = Array.from({ length: count }, (_, i) => (count === 1 ? name : this.#unique(`${name}:${i}`)));
    const node: GrowingNode = { op, name, inputs, outputs, attributes };
    this.nodes.push(node);
    for (const output of outputs) this.#producers.set(output, node);
    return outputs;
  }

  /** Adds a node; gives the name of its output. */
  add(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.addMany(op, inputs, 1, attributes)[0]!;
  }

  /** The node that a tensor comes from. */
  producer(name: string): GrowingNode | undefined {
    return this.#producers.get(name);
  }

  /** What was made before under this key, or is made now. */
  once(key: string, make: () => string): string {
    const known = this.#made.get(key) ?? make();
    this.#made.set(key, known);
    return known;
  }

  /** A tensor that the file holds, made once for a key. */
  initializer(key: string, wanted: string, make: () => Omit<Initializer, 'name'>): string {
    return this.once(key, () => {
      const name = this.#unique(wanted);
      this.initializers.push({ name, ...make() });
      return name;
    });
  }

  /** Whole numbers that say how something is done: axes, sizes. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.initializer(`int64 ${shape.join()}: ${values.join()}`, `int64_${values.length > 8 ? 'list' : values.join('_')}`, () => ({ type: 'int64', shape, data: BigInt64Array.from(values, BigInt) }));
  }

  /** How many times larger each axis gets. */
  factors(values: readonly number[]): string {
    return this.initializer(`factors ${values.join()}`, `times_${values.join('_')}`, () => ({ type: 'float32', shape: [values.length], data: Float32Array.from(values) }));
  }

  /** 0, 1, … below a number. */
  upTo(count: number): string {
    return this.initializer(`up to ${count}`, `int32_to_${count}`, () => ({ type: 'int32', shape: [count], data: Int32Array.from({ length: count }, (_, i) => i) }));
  }

  /** One number, of the type of what it is reckoned with. */
  scalar(value: number, type: TracedType = 'float32'): string {
    return this.initializer(`${type}: ${value}`, `${type}_${value}`, () => ({ type, shape: [], data: arrays[type].of(value) }));
  }

  /** Gives a tensor the name of an output. What has such a name, or is an input or a constant, is handed on by a node of its own. */
  finish(from: string, name: string): void {
    const node = this.producer(from);
    if (!node) {
      this.nodes.push({ op: 'Identity', name: this.#unique(`${name}/Identity`), inputs: [from], outputs: [name], attributes: {} });
      return;
    }
    const renamed = (names: readonly string[]) => names.map((each) => (each === from ? name : each));
    node.outputs = renamed(node.outputs);
    for (const each of this.nodes) each.inputs = renamed(each.inputs);
    this.#producers.delete(from);
  }
}
