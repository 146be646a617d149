/** Captures a computation on the native engine as nodes of a TensorFlow graph. */
import type { Phases } from '../../../core/phases.ts';
import { tf, type DataType, type Tensor } from '../../../core/tensor.ts';
import type { NativeBinding, TensorMetadata } from '../ops.ts';
import type { Backend } from './backend.ts';
import { Deferral, type Event } from './deferral.ts';
import { constant, filledConstant, type Node } from './graph.ts';
import { outputNames } from './ops.ts';
import type { Operation, Surroundings } from './pattern.ts';
import { rewrite } from './rewrite.ts';
import { attributesOf, type Form } from './shapes.ts';
import { multiplicationsOf, sizeOf, type Work } from './work.ts';

/** A tensor of the capture. */
interface Value extends Form {
  /** Whether it follows from an input; else it is the same each time. */
  readonly varies: boolean;
  /** How nodes refer to it; a value that does not vary gets its node when one needs it. */
  readonly reference: () => string;
}

/** A tensor that varies, and how nodes refer to it. */
export interface Input { readonly tensor: Tensor; readonly reference: string }

export interface Result extends Form { readonly type: DataType }

export interface Capture {
  readonly results: readonly Result[];
  /** How nodes refer to the results. */
  readonly references: readonly string[];
  readonly nodes: readonly Node[];
  readonly work: Work;
  /** Why the nodes do not tell the whole computation; `undefined` if they do. */
  readonly declined: string | undefined;
}

/** Numbers that a value which does not vary may have to become a constant; a larger one is computed in the graph. */
const smallEnough = 4096;
/** Axes that a tensor of TensorFlow has at most. */
const mostAxes = 8;
/** Bytes of a tensor from outside that a graph may hold. */
const roomForConstant = 2 ** 26;

const sameShape = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((size, i) => size === b[i]);

/** Builds up the nodes of what a computation did, event by event. */
class Recording {
  readonly nodes: Node[] = [];
  declined: string | undefined;
  products = 0;
  multiplications = 0;
  readonly #binding: NativeBinding;
  readonly #read: (id: number) => Uint8Array;
  readonly #values = new Map<number, Value>();
  /** Nodes by what they compute, so that none is there twice. */
  readonly #known = new Map<string, string>();
  /** The first node of each operation on the same inputs. */
  readonly #byInputs = new Map<string, string>();
  readonly #byName = new Map<string, Node>();
  readonly #shapes = new Map<string, readonly number[]>();
  /** Numbers that all elements of a float constant are. */
  readonly #uniform = new Map<string, number>();
  /** Numbers of short constants of whole numbers. */
  readonly #axes = new Map<string, readonly number[]>();
  readonly #surroundings: Surroundings = {
    nodeOf: (reference) => this.#byName.get(reference.split(':')[0]!),
    shapeOf: (reference) => this.#shapes.get(reference)!,
    constantOf: (reference) => this.#uniform.get(reference),
    axesOf: (reference) => this.#axes.get(reference),
    find: (op, inputs) => {
      const name = this.#byInputs.get([op, ...inputs].join('|'));
      return name && `${name}:${outputNames(op)!(0)}`;
    },
    add: (operation, shape) => {
      const reference = `${this.#node(operation)}:${operation.op === 'Const' ? 'output:0' : outputNames(operation.op)!(0)}`;
      this.#shapes.set(reference, shape);
      return reference;
    },
  };

  /** @param read - the numbers of a tensor that is the same each time */
  constructor(binding: NativeBinding, read: (id: number) => Uint8Array) {
    this.#binding = binding;
    this.#read = read;
  }

  #decline(reason: string): void {
    this.declined ??= reason;
  }

  #refer(value: Value): string {
    const reference = value.reference();
    this.#shapes.set(reference, value.shape);
    return reference;
  }

  add(id: number, value: Value): void {
    this.#values.set(id, value);
  }

  reference(id: number): string {
    return this.#refer(this.#values.get(id)!);
  }

  /** The name of a node that computes this. */
  #node({ op, inputs, attrs }: Operation): string {
    const start = [op, ...inputs].join('|');
    const key = [start, ...Object.entries(attrs).map(([name, bytes]) => `${name}=${Buffer.from(bytes).toString('latin1')}`)].join('|');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = `n${this.nodes.length}`;
    const node = { name, op, inputs, attrs };
    this.nodes.push(node);
    this.#byName.set(name, node);
    this.#known.set(key, name);
    if (!this.#byInputs.has(start)) this.#byInputs.set(start, name);
    return name;
  }

  /** A value that is the same each time: a constant, made when it is first needed. */
  #fixed(id: number, { dtype, shape }: Form, content: () => Uint8Array | undefined): void {
    let reference: string | undefined;
    this.add(id, {
      dtype, shape, varies: false,
      reference: () => {
        if (reference !== undefined) return reference;
        const found = content();
        if (!found) this.#decline('it uses a constant that is not made of numbers');
        const numbers = found && dtype === this.#binding.TF_FLOAT ? new Float32Array(found.buffer) : [];
        const [number] = numbers;
        const uniform = number !== undefined && numbers.every((each) => each === number);
        reference = `${this.#node(uniform ? filledConstant('', shape, number) : constant('', dtype, shape, found ?? new Uint8Array()))}:output:0`;
        if (uniform) this.#uniform.set(reference, number);
        if (found && dtype === this.#binding.TF_INT32 && sizeOf(shape) <= mostAxes) this.#axes.set(reference, [...new Int32Array(found.buffer)]);
        return reference;
      },
    });
  }

  #filled({ id, dtype, shape }: TensorMetadata, value: number): void {
    const reference = `${this.#node(filledConstant('', shape, value))}:output:0`;
    this.#uniform.set(reference, value);
    this.add(id, { dtype, shape, varies: false, reference: () => reference });
  }

  #isConstant({ dtype, shape }: Form): boolean {
    const { TF_FLOAT, TF_INT32, TF_BOOL } = this.#binding;
    return [TF_FLOAT, TF_INT32, TF_BOOL].includes(dtype) && sizeOf(shape) <= smallEnough;
  }

  /** Counts an operation's multiplications if it is a product of matrices or a convolution. */
  #count(op: string, inputs: readonly (readonly number[])[], output: readonly number[]): void {
    const multiplications = multiplicationsOf(op, inputs, output);
    if (multiplications === undefined) return;
    this.products++;
    this.multiplications += multiplications;
  }

  write(event: Event): void {
    switch (event.kind) {
      case 'operation': return this.#operation(event);
      case 'made': return this.#fixed(event.id, event.form, () => event.content);
      case 'found': return this.#found(event);
      case 'variable': return this.#decline(`it uses the variable "${event.name}" from outside of the step`);
      case 'read': return this.#decline('it reads a tensor back');
      case 'model': return this.#decline('it runs a SavedModel');
      case 'dropped':
    }
  }

  /** A tensor that was there before: what it holds is a constant of the step. */
  #found({ id, form }: Event & { readonly kind: 'found' }): void {
    if (sizeOf(form.shape) * 4 > roomForConstant) this.#decline('it uses a large tensor from outside of the step');
    this.#fixed(id, form, () => this.#read(id));
  }

  #operation({ op, attributes, inputs, outputs }: Event & { readonly kind: 'operation' }): void {
    const varies = inputs.some((id) => this.#values.get(id)!.varies);
    if (!varies && outputs.every((output) => this.#isConstant(output))) {
      for (const output of outputs) this.#fixed(output.id, output, () => this.#read(output.id));
      return;
    }
    const values = inputs.map((id) => this.#values.get(id)!);
    const [first, second] = values;
    const [output] = outputs;
    const filling = op === 'Fill' && !second!.varies ? this.#uniform.get(second!.reference()) : undefined;
    if (filling !== undefined) return this.#filled(output!, filling);
    const changesNothing = op === 'Identity' || ((op === 'Reshape' || op === 'Cast') && first!.dtype === output!.dtype && sameShape(first!.shape, output!.shape));
    if (changesNothing) return this.add(output!.id, first!);
    const written = rewrite({ op, inputs: values.map((value) => this.#refer(value)), attrs: attributesOf(this.#binding, op, attributes, values) }, this.#surroundings);
    this.#count(op, values.map(({ shape }) => shape), output!.shape);
    const names = outputNames(written.op);
    if (!names) this.#decline(`the operation ${op} has no place in a graph`);
    const name = this.#node(written);
    outputs.forEach(({ id, dtype, shape }, i) => {
      const reference = `${name}:${names?.(written.output ?? i)}`;
      this.add(id, { dtype, shape, varies, reference: () => reference });
    });
  }
}

/** Milliseconds that operations are written down in one turn. */
const patience = 25;

/** Captures the operations of a computation whose results follow from the inputs. */
export function* capture(backend: Backend, inputs: readonly Input[], compute: () => readonly Tensor[]): Phases<Capture> {
  const deferral = new Deferral(backend, inputs.map(({ tensor }) => tensor));
  const recording = new Recording(backend.binding, (id) => deferral.read(id));
  try {
    const results: (Result & { readonly id: number })[] = [];
    // What it makes goes before others have a turn.
    deferral.run(() => tf.tidy(() => {
      const made = compute();
      const ids = backend.getInputTensorIds(made);
      ids.forEach((id) => deferral.pin(id));
      results.push(...made.map(({ shape, dataId, dtype }, i) => ({ id: ids[i]!, dtype: backend.tensorMap.get(dataId).dtype, type: dtype, shape })));
    }));
    yield;
    deferral.inputs.forEach((id, i) => {
      const { tensor, reference } = inputs[i]!;
      recording.add(id, { dtype: backend.tensorMap.get(tensor.dataId).dtype, shape: tensor.shape, varies: true, reference: () => reference });
    });
    let since = performance.now();
    for (const event of deferral.events) {
      if (performance.now() - since > patience) {
        yield;
        since = performance.now();
      }
      recording.write(event);
    }
    const references = results.map(({ id }) => recording.reference(id));
    const { nodes, products, multiplications, declined } = recording;
    return { results, references, nodes, work: { products, multiplications }, declined };
  } finally {
    deferral.end();
  }
}
