/** Recurrent layers of a trace, put together with their products with the input: what ONNX has as one operation. */
import { sequenceKernels, type SequenceAttributes } from '../../core/sequence.ts';
import { tf } from '../../core/tensor.ts';
import { needed } from '../export/needed.ts';
import type { Trace, TracedConstant, TracedNode, ValueId } from '../export/trace.ts';

/** Gates of ONNX by their places among Keras's: i o f c for an LSTM; z r h for a GRU as there. */
export const gates = { [sequenceKernels.lstm]: [0, 3, 1, 2], [sequenceKernels.gru]: [0, 1, 2], [sequenceKernels.gruResetFirst]: [0, 1, 2], [sequenceKernels.simpleRNN]: [0] } as const;
export type RecurrentKernel = keyof typeof gates;

export const isRecurrent = ({ kernel }: TracedNode): boolean => kernel in gates;
export const attributesOf = ({ attrs }: TracedNode): SequenceAttributes => attrs as unknown as SequenceAttributes;

interface Product { readonly x: ValueId; readonly kernel: ValueId; readonly bias: ValueId | undefined }

class Recurrences {
  readonly #trace: Trace;
  readonly #producers: ReadonlyMap<ValueId, TracedNode>;
  readonly constants: Map<ValueId, TracedConstant>;

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#producers = new Map(trace.nodes.flatMap((node) => node.outputs.map(({ id }) => [id, node] as const)));
    this.constants = new Map(trace.constants);
  }

  #is(id: ValueId | undefined, kernel: string): TracedNode | undefined {
    const node = id === undefined ? undefined : this.#producers.get(id);
    return node?.kernel === kernel ? node : undefined;
  }

  /** Whether a tensor is one number again and again. */
  #isAll(id: ValueId | undefined, number: number): boolean {
    const row = this.#is(id, tf.BroadcastTo)?.inputs.x ?? id;
    return row !== undefined && (this.constants.get(row)?.data.every((n) => n === number) ?? false);
  }

  /** The tensor that was brought into this shape. */
  #unshaped(id: ValueId): ValueId {
    const before = this.#is(id, tf.Reshape)?.inputs.x;
    return before === undefined ? id : this.#unshaped(before);
  }

  #add(like: ValueId, part: string, shape: readonly number[], data: TracedConstant['data']): ValueId {
    const id = Math.min(0, ...this.constants.keys()) - 1;
    const { name, dtype } = this.constants.get(like)!;
    this.constants.set(id, { name: name.replace(/\/constant$/, `/${part}`), dtype, shape, data });
    return id;
  }

  /** A kernel as the matrix that it is, and its last row apart, if that is the bias. */
  #kernel(id: ValueId, withBias: boolean): Pick<Product, 'kernel' | 'bias'> {
    const { shape, data } = this.constants.get(id)!;
    const [rows, columns] = shape.slice(-2) as [number, number];
    if (!withBias) return { kernel: this.#add(id, 'kernel', [rows, columns], data), bias: undefined };
    const cut = (rows - 1) * columns;
    return { kernel: this.#add(id, 'kernel', [rows - 1, columns], data.subarray(0, cut)), bias: this.#add(id, 'bias', [columns], data.subarray(cut)) };
  }

  /** What the products of a sequence were made of: `[steps, batch, features]`, flattened to rows, times a kernel, plus a bias, which may be a row of the kernel. */
  #product(id: ValueId): Product | undefined {
    const before = this.#unshaped(id);
    const sum = this.#is(before, tf.Add);
    const product = this.#is(sum ? this.#unshaped(sum.inputs.a!) : before, tf.BatchMatMul);
    const kernel = product?.inputs.b;
    const isKnown = (constant: ValueId | undefined) => constant !== undefined && this.constants.has(constant);
    if (!product || !isKnown(kernel) || (sum && !isKnown(sum.inputs.b)) || product.attrs.transposeA || product.attrs.transposeB) return undefined;
    const rows = this.#unshaped(product.inputs.a!);
    const joined = this.#is(rows, tf.Concat);
    if (joined && (sum || !this.#isAll(joined.inputs[1], 1))) return undefined;
    const x = joined ? this.#unshaped(joined.inputs[0]!) : rows;
    if (this.#trace.values.get(x)!.shape.length !== 3) return undefined;
    const parts = this.#kernel(kernel!, joined !== undefined);
    return { x, kernel: parts.kernel, bias: sum?.inputs.b ?? parts.bias };
  }

  /** The operation with the input in place of the products; `undefined` for one with a mask, or whose weights are no constants. */
  whole(node: TracedNode): TracedNode | undefined {
    const { x, mask, kernel, bias: stateBias, ...states } = node.inputs;
    const product = this.#product(x!);
    if (!product || mask !== undefined || !this.constants.has(kernel!) || (stateBias !== undefined && !this.constants.has(stateBias))) return undefined;
    return {
      ...node, inputs: {
        x: product.x, kernel: product.kernel, recurrentKernel: kernel!, ...(product.bias !== undefined && { bias: product.bias }), ...(stateBias !== undefined && { stateBias }),
        ...(Object.values(states).every((id) => this.#isAll(id, 0)) ? {} : states),
      },
    };
  }
}

/** A trace whose recurrent layers are whole; `undefined` if one of them cannot be. */
export function withRecurrences(trace: Trace): Trace | undefined {
  const recurrences = new Recurrences(trace);
  const nodes = trace.nodes.map((node) => (isRecurrent(node) ? recurrences.whole(node) : node));
  if (!nodes.every((node) => node !== undefined)) return undefined;
  const { kept, values } = needed(nodes, trace.outputs.map(({ id }) => id), (node) => ({ takes: Object.values(node.inputs), gives: node.outputs.map(({ id }) => id) }));
  return { ...trace, nodes: kept, constants: new Map([...recurrences.constants].filter(([id]) => values.has(id))) };
}
