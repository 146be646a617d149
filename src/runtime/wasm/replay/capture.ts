/**
 * Captures what a computation does to the heap: the calls of kernels, with their addresses. Buffers that are made on the way
 * stay allocated until the capture gives them back, so that every address means one thing. What is captured is not computed, unless something
 * looks at the numbers: an operation that is tfjs's own, or JavaScript.
 */
import { tf } from '../../../core/tensor.ts';
import { parameters, type Kernels } from '../generated/kernels.ts';
import { address, heap } from '../heap.ts';
import { isOurs } from '../kernel.ts';
import { bytesOf, foreign, type Foreign } from './foreign.ts';

export interface Call { readonly kernel: keyof Kernels; readonly values: readonly number[] }

type DataId = tf.TensorInfo['dataId'];

export interface Capture<T> {
  readonly result: T;
  readonly calls: readonly (Call | Foreign)[];
  /** The buffers whose numbers all come from the calls. */
  readonly passing: readonly { readonly start: number; readonly bytes: number }[];
  /** Why the calls do not tell the whole computation; `undefined` if they do. */
  readonly declined: string | undefined;
  /** Gives back the buffers that were let go of: those whose numbers come from the calls first, and in the end the others. */
  release(which: 'passing' | 'all'): void;
}

const listed = (given: tf.TensorInfo | readonly tf.TensorInfo[] | undefined): readonly tf.TensorInfo[] =>
  given === undefined ? [] : Array.isArray(given) ? (given as readonly tf.TensorInfo[]) : [given as tf.TensorInfo];

/**
 * Runs a computation and captures the calls whose results follow from `varying`, which may have no numbers in the end; the others' results are constants.
 * @param own - the tensors of the result: any others that are left are somebody else's, and have their numbers
 */
export function capture<T>(varying: readonly tf.TensorInfo[], compute: () => T, own: (result: T) => readonly tf.TensorInfo[]): Capture<T> {
  const { backend, kernels } = heap;
  const calls: (Call | Foreign)[] = [];
  const disposed = new Set<DataId>();
  const passing = new Map<DataId, { readonly start: number; readonly bytes: number }>();
  const varies = new Set<DataId>(varying.map(({ dataId }) => dataId));
  let declined: string | undefined;
  let depth = 0;
  /** Whether the operation under way follows from what varies. */
  let follows = false;

  /** Calls that were made. */
  let made = 0;
  const settle = () => {
    for (; made < calls.length; made++) {
      const call = calls[made]!;
      if ('kernel' in call) (kernels[call.kernel] as (...given: readonly number[]) => void)(...call.values);
    }
  };

  heap.settle = settle;
  heap.kernels = Object.fromEntries((Object.keys(parameters) as (keyof Kernels)[]).map((kernel) => [kernel, (...values: number[]) => {
    // Working memory is arranged once, not at each replay.
    if (kernel !== 'useScratch' && (follows || depth === 0)) calls.push({ kernel, values });
    else (kernels[kernel] as (...given: number[]) => void)(...values);
    if (depth === 0) settle();
  }])) as unknown as Kernels;

  const configs = tf.getKernelsForBackend('wasm').map((config) => ({ config, original: config.kernelFunc }));
  for (const { config, original } of configs) {
    config.kernelFunc = (given) => {
      if (depth > 0) return original(given);
      const before = calls.length;
      const inputs = Object.values(given.inputs).flatMap(listed);
      follows = inputs.some(({ dataId }) => varies.has(dataId));
      if (follows && !isOurs(original)) settle();
      depth++;
      let result: ReturnType<typeof original>;
      try {
        result = original(given);
      } finally {
        depth--;
      }
      if (!follows) return result;
      const outputs = listed(result);
      const aliases = outputs.every(({ dataId }) => inputs.some((input) => input.dataId === dataId));
      if (calls.length === before && !aliases && outputs.some(({ shape }) => tf.util.sizeFromShape(shape) > 0)) {
        const captured = foreign(config.kernelName, given.inputs, outputs, (tensors) => listed(original({ ...given, inputs: tensors })));
        if (captured) calls.push(captured);
        else declined ??= `the operation ${config.kernelName} cannot be run again on other numbers`;
        for (const { at } of captured?.outputs ?? []) passing.set(outputs[at]!.dataId, { start: address(outputs[at]!), bytes: bytesOf(outputs[at]!) });
      }
      for (const { dataId } of outputs) varies.add(dataId);
      return result;
    };
  }

  const { disposeData, readSync, move, typedArrayFromHeap } = backend;
  backend.disposeData = (dataId: DataId, force = false) => {
    // A view goes as ever; the last to hold a buffer leaves it to the capture.
    if (!force && backend.refCount(dataId) > 1) return disposeData.call(backend, dataId);
    disposed.add(dataId);
    return true;
  };
  backend.readSync = (dataId: DataId, ...rest: [number?, number?]) => {
    if (depth === 0 && varies.has(dataId)) declined ??= 'the step reads a tensor back';
    settle();
    return readSync.call(backend, dataId, ...rest);
  };
  // Kernels look at indices by this.
  backend.typedArrayFromHeap = (tensor) => {
    settle();
    return typedArrayFromHeap.call(backend, tensor);
  };
  backend.move = (dataId: DataId, values, shape, dtype, refCount) => {
    move.call(backend, dataId, values, shape, dtype, refCount);
    // What is written from JavaScript is written once, whatever it is for.
    if (depth > 0 && follows && values === null) passing.set(dataId, { start: backend.dataIdMap.get(dataId).memoryOffset, bytes: tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype) });
  };
  const restore = () => {
    for (const { config, original } of configs) config.kernelFunc = original;
    Object.assign(backend, { disposeData, readSync, move, typedArrayFromHeap });
    heap.kernels = kernels;
    heap.settle = undefined;
  };
  const release = (which: 'passing' | 'all') => {
    for (const dataId of disposed) {
      if (which === 'passing' && !passing.has(dataId)) continue;
      disposed.delete(dataId);
      disposeData.call(backend, dataId, true);
    }
  };
  try {
    const result = compute();
    const ours = new Set(own(result).map(({ dataId }) => dataId));
    if ([...passing.keys()].some((dataId) => !disposed.has(dataId) && !ours.has(dataId))) settle();
    restore();
    return { result, calls, passing: [...passing.values()], declined, release };
  } catch (error) {
    restore();
    release('all');
    throw error;
  }
}
