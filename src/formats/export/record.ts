/** Runs a network once and writes down the operations that it asks tfjs for. */
import { ModelError } from '../../core/errors.ts';
import type { Layer, Pass } from '../../core/layer.ts';
import { randomFrom } from '../../core/random.ts';
import { tf, type Tensor } from '../../core/tensor.ts';
import { runGraph } from '../../model/forward.ts';
import { portsOf, type Network } from '../../model/network.ts';
import { namedVariables, type Variable } from '../../model/variables.ts';
import { needed } from './needed.ts';
import { outlined } from './outline.ts';
import type { TracedType } from './trace.ts';

export type Numbers = ArrayLike<number>;

/** A tensor that a run has met. */
export interface RunValue {
  readonly shape: readonly number[];
  readonly dtype: TracedType;
  /** An input of the model, the result of an operation, or numbers from elsewhere. */
  readonly from: 'input' | 'operation' | 'numbers';
  /** Of a weight: `dense/kernel`. */
  readonly path: string | undefined;
  /** Its numbers; `undefined` if they follow from the inputs. */
  readonly data: Numbers | undefined;
  /** The layer that first used or made it. */
  readonly layer: string;
}

export interface RunNode {
  readonly kernel: string;
  readonly inputs: readonly (readonly [name: string, value: number])[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly number[];
  readonly layer: string;
}

/** What the outputs of a run need, and nothing else. */
export interface Run {
  /** By their numbers. */
  readonly values: ReadonlyMap<number, RunValue>;
  readonly nodes: readonly RunNode[];
  readonly inputs: readonly { readonly name: string; readonly value: number }[];
  readonly outputs: readonly { readonly name: string; readonly value: number }[];
}

type Kernel = (kernel: string, inputs: tf.NamedTensorMap, attrs?: tf.NamedAttrMap) => Tensor | Tensor[];

/** What a run has met so far. */
class Notes {
  readonly values: RunValue[] = [];
  readonly nodes: RunNode[] = [];
  readonly #known = new Map<number, number>();
  readonly #varying = new Set<object>();
  readonly #where: string;
  layer = 'model';

  constructor(where: string) {
    this.#where = where;
  }

  refuse(problem: string): never {
    throw new ModelError(this.#where, `the layer "${this.layer}" ${problem}`);
  }

  varies(dataId: object): boolean {
    return this.#varying.has(dataId);
  }

  note(tensor: Tensor, from: RunValue['from'], data: Numbers | undefined, path?: string): number {
    const { shape, dtype } = tensor;
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') this.refuse(`works with ${dtype === 'string' ? 'strings' : `numbers of type ${dtype}`}, which cannot be exported`);
    this.#known.set(tensor.id, this.values.length);
    if (!data) this.#varying.add(tensor.dataId);
    return this.values.push({ shape: [...shape], dtype, from, path, data, layer: this.layer }) - 1;
  }

  /** The number of a tensor; one that no operation has made is numbers from elsewhere. */
  numberOf(tensor: Tensor): number {
    return this.#known.get(tensor.id) ?? this.note(tensor, 'numbers', numbersOf(tensor));
  }

  isVarying(tensor: Tensor): boolean {
    return this.values[this.numberOf(tensor)]!.data === undefined;
  }
}

/** A tensor's numbers, on whatever engine it is; unlike `dataSync` this is not seen by a recording. */
const numbersOf = ({ dataId }: Tensor): Numbers => tf.engine().state.tensorInfo.get(dataId)!.backend.readSync(dataId) as Numbers;

/** Tensors of other engines would be moved to this one: theirs get a copy. */
const local = (tensor: Tensor): Tensor =>
  tf.engine().state.tensorInfo.get(tensor.dataId)!.backend === tf.backend() ? tensor : tf.tensor(numbersOf(tensor) as Float32Array, tensor.shape, tensor.dtype);

/** Runs `work` while each operation of tfjs goes through `notes`. */
function noting<T>(notes: Notes, work: () => T): T {
  const engine = tf.engine();
  const { readSync } = engine;
  const run: Kernel = engine.runKernel.bind(engine);
  let depth = 0;
  /** What an operation makes of an example is not needed to know what it does: one array serves for all of it. */
  let zeros = new Float32Array(0);
  const blank = (shape: readonly number[]): Tensor => {
    const size = tf.util.sizeFromShape([...shape]);
    if (size > zeros.length) zeros = new Float32Array(size);
    return tf.tensor(zeros.subarray(0, size), [...shape]);
  };
  const runKernel: Kernel = (kernel, inputs, attrs) => {
    if (depth > 0) return run(kernel, inputs, attrs);
    const given = Object.entries(inputs).filter(([, tensor]) => tensor != null);
    const numbers = given.map(([name, tensor]) => [name, notes.numberOf(tensor)] as const);
    const varies = given.some(([, tensor]) => notes.isVarying(tensor));
    depth++;
    let results: Tensor | Tensor[];
    try {
      const shape = varies ? outlined(kernel, inputs, attrs ?? {}) : undefined;
      results = shape ? blank(shape) : run(kernel, (Array.isArray(inputs) ? given.map(([, tensor]) => local(tensor)) : Object.fromEntries(given.map(([name, tensor]) => [name, local(tensor)]))) as tf.NamedTensorMap, attrs);
    } finally {
      depth--;
    }
    const outputs = [results].flat().map((tensor) => notes.note(tensor, 'operation', varies ? undefined : numbersOf(tensor)));
    notes.nodes.push({ kernel, inputs: numbers, attrs: { ...attrs }, outputs, layer: notes.layer });
    return results;
  };
  Object.assign(engine, {
    runKernel,
    readSync(dataId: object) {
      if (depth === 0 && notes.varies(dataId)) notes.refuse('reads its input on the host, which no operation of an exported file can');
      return readSync.call(engine, dataId);
    },
  });
  try {
    return work();
  } finally {
    const own = engine as Partial<Pick<typeof engine, 'runKernel' | 'readSync'>>;
    delete own.runKernel;
    delete own.readSync;
  }
}

/**
 * Runs a network on `size` examples, on the engine in use.
 * @param weights - what each weight holds
 * @throws ModelError for layers that read their input on the host, or remember
 */
export function record(network: Network, weights: ReadonlyMap<Variable, Numbers>, size: number, where: string): Run {
  const notes = new Notes(where);
  const engine = tf.engine();
  engine.startScope('export');
  try {
    const tensorOf = new Map<Variable, Tensor>();
    const weight = (variable: Variable): Tensor => {
      const known = tensorOf.get(variable);
      if (known) return known;
      const { shape, dtype } = variable.spec;
      // Its layer may be in a scope of its own, and others come later.
      const made = tf.keep(tf.tensor(weights.get(variable) as Float32Array, [...shape], dtype));
      notes.note(made, 'numbers', weights.get(variable), variable.path);
      tensorOf.set(variable, made);
      return made;
    };
    const pass: Pass = {
      training: false,
      random: randomFrom(tf.tensor1d([0, 0], 'int32')),
      weights(layer: Layer) {
        // Every layer asks for its weights first, be it that it has none.
        notes.layer = layer.name || layer.kind;
        return Object.fromEntries(Object.entries(namedVariables(layer)).map(([name, variable]) => [name, weight(variable)]));
      },
      update: () => notes.refuse('remembers from one call to the next, which an exported file cannot'),
      penalize: () => {},
    };
    const tensors = portsOf(network).map(({ shape, dtype }) => tf.zeros([size, ...shape as readonly number[]], dtype as TracedType));
    const inputs = tensors.map((tensor, i) => ({ name: network.inputNames[i]!, value: notes.note(tensor, 'input', undefined) }));
    try {
      const flows = noting(notes, () => runGraph(network.graph, tensors.map((tensor) => ({ tensor })), pass));
      const outputs = flows.map(({ tensor }, i) => ({ name: network.outputNames[i]!, value: notes.numberOf(tensor) }));
      const { kept, values } = needed(notes.nodes, outputs.map(({ value }) => value), (node) => ({ takes: node.inputs.map(([, value]) => value), gives: node.outputs }));
      return { values: new Map(notes.values.map((value, id) => [id, value] as const).filter(([id]) => values.has(id) || inputs.some((input) => input.value === id))), nodes: kept, inputs, outputs };
    } finally {
      tf.dispose([...tensorOf.values()]);
    }
  } finally {
    engine.endScope();
  }
}
