/** Symbolic tensors: what a model is drawn with before there are numbers. */
import { z } from 'zod';
import { parseOptions } from './errors.ts';
import type { Layer } from './layer.ts';
import { shape, type Shape } from './shape.ts';

export type DType = 'float32' | 'int32' | 'bool' | 'string';

/** What a layer is called with beside its inputs: tensors (an RNN's `initialState`) or settings (`useCausalMask`). */
export type CallArguments = Readonly<Record<string, SymbolicTensor | readonly SymbolicTensor[] | string | number | boolean | null | undefined>>;

/**
 * One output of one call of a layer. It iterates over all outputs of that call, so that a layer with several can be taken
 * apart: `const [sequence, hidden, cell] = lstm({ units: 8, returnState: true })(x)`.
 */
export interface SymbolicTensor extends Iterable<SymbolicTensor> {
  /** Sizes of one example; the batch axis is left out. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** The call that gives it. */
  readonly node: Node;
  /** Its place among that call's outputs. */
  readonly index: number;
}

/** One call of a layer, or a place where data comes in. */
export interface Node {
  /** `undefined` where data comes in. */
  readonly layer: Layer | undefined;
  readonly inputs: readonly SymbolicTensor[];
  readonly given: CallArguments;
  readonly outputs: readonly SymbolicTensor[];
  /** Whether `inputs` was given as a list: Keras's files tell `[x]` from `x`. */
  readonly list: boolean;
  /** Fixed by an input that it follows from, if one does. Kept here since a search through a graph whose branches meet again and again has no end. */
  readonly batchSize: number | null;
  /** For a place where data comes in. */
  readonly source?: { name: string | undefined; readonly batchSize: number | null };
}

type Given = Pick<Node, 'layer' | 'inputs' | 'given' | 'list' | 'source'>;

/** Makes a node and its outputs. */
export function place(node: Given, outputs: readonly { readonly shape: Shape; readonly dtype: DType }[]): Node {
  const before = [...node.inputs, ...Object.values(node.given).flat().filter(isSymbolic)];
  const batchSize = node.source ? node.source.batchSize : (before.map((tensor) => tensor.node.batchSize).find((n) => n !== null) ?? null);
  const placed: { -readonly [K in keyof Node]: Node[K] } = { ...node, outputs: [], batchSize };
  placed.outputs = outputs.map((output, index): SymbolicTensor => ({
    ...output, node: placed, index,
    [Symbol.iterator]: () => placed.outputs[Symbol.iterator](),
  }));
  return placed;
}

export const isSymbolic = (value: unknown): value is SymbolicTensor =>
  typeof value === 'object' && value !== null && 'node' in value && 'index' in value && 'shape' in value;

const inputOptions = z.strictObject({
  shape,
  dtype: z.enum(['float32', 'int32', 'bool', 'string']).default('float32'),
  name: z.string().min(1).optional(),
  /** Fixes the batch size; needed by stateful recurrent layers alone. */
  batchSize: z.int().positive().nullable().default(null),
});

/**
 * A place where data comes in. `shape` is that of one example, without the batch axis; `null` in it is an axis that may vary.
 * @throws ModelError for options that are not a shape.
 */
export function input(options: z.input<typeof inputOptions>): SymbolicTensor {
  const { name, batchSize, ...output } = parseOptions('input', inputOptions, options);
  return place({ layer: undefined, inputs: [], given: {}, list: false, source: { name, batchSize } }, [output]).outputs[0]!;
}
