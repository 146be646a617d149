/** Operations of tfjs's engine that ibex has no kernel for, in a recording: they are run again as they are, on tensors at the places where their inputs lie. */
import { tf } from '../../../core/tensor.ts';
import { address, heap } from '../heap.ts';

/** A tensor as it lay in the heap when it was captured. */
export interface Lying { readonly address: number; readonly shape: readonly number[]; readonly dtype: tf.DataType }

type Inputs<T> = Readonly<Record<string, T | readonly T[]>>;

export interface Foreign {
  readonly name: string;
  readonly inputs: Inputs<Lying>;
  /** Those that are not inputs handed through. */
  readonly outputs: readonly { readonly at: number; readonly tensor: Lying }[];
  readonly run: (inputs: tf.NamedTensorInfoMap) => readonly tf.TensorInfo[];
}

/** Operations whose results have sizes that go by their numbers, or that go by chance. */
const unsuited = new Set(['Multinomial', 'Unique', 'Where', 'NonMaxSuppressionV3', 'NonMaxSuppressionV4', 'NonMaxSuppressionV5', 'SparseFillEmptyRows', 'SparseReshape', 'ListDiff']);

const inHeap = ({ dtype }: tf.TensorInfo) => dtype === 'float32' || dtype === 'int32' || dtype === 'bool';

export const bytesOf = ({ shape, dtype }: Pick<Lying, 'shape' | 'dtype'>): number => tf.util.sizeFromShape([...shape]) * tf.util.bytesPerElement(dtype);

const lying = (tensor: tf.TensorInfo): Lying => ({ address: address(tensor), shape: [...tensor.shape], dtype: tensor.dtype });

const mapInputs = <T, U>(inputs: Inputs<T>, to: (one: T) => U): Inputs<U> =>
  Object.fromEntries(Object.entries(inputs).map(([name, given]) => [name, Array.isArray(given) ? (given as readonly T[]).map(to) : to(given as T)]));

export const inputsOf = ({ inputs }: Foreign): readonly Lying[] => Object.values(inputs).flat() as readonly Lying[];

/** An operation to run again; `undefined` if it cannot be. */
export function foreign(name: string, given: tf.NamedTensorInfoMap, outputs: readonly tf.TensorInfo[], run: Foreign['run']): Foreign | undefined {
  const present = Object.fromEntries(Object.entries(given).filter(([, tensor]) => tensor !== undefined && tensor !== null)) as Inputs<tf.TensorInfo>;
  const inputs = Object.values(present).flat() as readonly tf.TensorInfo[];
  if (unsuited.has(name) || ![...inputs, ...outputs].every(inHeap)) return undefined;
  const own = outputs.map((tensor, at) => ({ at, tensor })).filter(({ tensor }) => !inputs.some(({ dataId }) => dataId === tensor.dataId));
  return { name, run, inputs: mapInputs(present, lying), outputs: own.map(({ at, tensor }) => ({ at, tensor: lying(tensor) })) };
}

/** The operation as a function without parameters. `moved`: where the numbers at an address lie now. */
export function again({ name, run, inputs, outputs }: Foreign, moved: (address: number) => number): { run(): void; dispose(): void } {
  const { backend } = heap;
  const placed: tf.TensorInfo[] = [];
  const tensors = mapInputs(inputs, ({ address: from, shape, dtype }) => {
    const tensor = backend.makeOutput([...shape], dtype, moved(from));
    placed.push(tensor);
    return tensor;
  }) as tf.NamedTensorInfoMap;
  return {
    run() {
      const results = run(tensors);
      for (const { at, tensor } of outputs) {
        const result = results[at]!;
        if (bytesOf(result) !== bytesOf(tensor)) throw new Error(`${name} has results of changing sizes, which a recording cannot hold.`);
        const start = address(result);
        heap.module.HEAPU8.copyWithin(moved(tensor.address), start, start + bytesOf(tensor));
      }
      for (const { dataId } of results) backend.disposeData(dataId);
    },
    dispose() {
      // Their memory is the recording's.
      for (const { dataId } of placed) {
        const { id } = backend.dataIdMap.get(dataId) as { id: number };
        (backend.wasm as unknown as { readonly tfjs: { disposeData(id: number): void } }).tfjs.disposeData(id);
        backend.dataIdMap.delete(dataId);
      }
    },
  };
}
