/**
 * Captures what a computation does to the heap: the calls of kernels, with their addresses. Buffers that are made on the way
 * stay allocated as long as the capture, so that the calls can be made again.
 */
import { tf } from '../../../core/tensor.ts';
import { parameters, type Kernels } from '../generated/kernels.ts';
import { heap } from '../heap.ts';

export interface Call { readonly kernel: keyof Kernels; readonly values: readonly number[] }

type DataId = tf.TensorInfo['dataId'];

export interface Capture<T> {
  readonly result: T;
  readonly calls: readonly Call[];
  /** Why the calls do not tell the whole computation; `undefined` if they do. */
  readonly declined: string | undefined;
  /** Gives back the buffers. */
  release(): void;
}

const listed = (given: tf.TensorInfo | readonly tf.TensorInfo[] | undefined): readonly tf.TensorInfo[] =>
  given === undefined ? [] : Array.isArray(given) ? (given as readonly tf.TensorInfo[]) : [given as tf.TensorInfo];

/** Runs a computation and captures the calls whose results follow from `varying`; the others' results are constants. */
export function capture<T>(varying: readonly tf.TensorInfo[], compute: () => T): Capture<T> {
  const { backend, kernels } = heap;
  const calls: Call[] = [];
  const disposed: DataId[] = [];
  const varies = new Set<DataId>(varying.map(({ dataId }) => dataId));
  let declined: string | undefined;
  let depth = 0;

  heap.kernels = Object.fromEntries((Object.keys(parameters) as (keyof Kernels)[]).map((kernel) => [kernel, (...values: number[]) => {
    // Working memory is arranged once, not at each replay.
    if (kernel !== 'useScratch') calls.push({ kernel, values });
    (kernels[kernel] as (...given: number[]) => void)(...values);
  }])) as unknown as Kernels;

  const configs = tf.getKernelsForBackend('wasm').map((config) => ({ config, original: config.kernelFunc }));
  for (const { config, original } of configs) {
    config.kernelFunc = (given) => {
      if (depth > 0) return original(given);
      const before = calls.length;
      depth++;
      let result: ReturnType<typeof original>;
      try {
        result = original(given);
      } finally {
        depth--;
      }
      const inputs = Object.values(given.inputs).flatMap(listed);
      if (!inputs.some(({ dataId }) => varies.has(dataId))) {
        calls.length = before;
        return result;
      }
      const outputs = listed(result);
      const aliases = outputs.every(({ dataId }) => inputs.some((input) => input.dataId === dataId));
      if (calls.length === before && !aliases && outputs.some(({ shape }) => tf.util.sizeFromShape(shape) > 0)) declined ??= `the operation ${config.kernelName} is not one of its kernels`;
      for (const { dataId } of outputs) varies.add(dataId);
      return result;
    };
  }

  const { disposeData, readSync } = backend;
  backend.disposeData = (dataId: DataId, force = false) => {
    // A view goes as ever; the last to hold a buffer leaves it to the capture.
    if (!force && backend.refCount(dataId) > 1) return disposeData.call(backend, dataId);
    disposed.push(dataId);
    return true;
  };
  backend.readSync = (dataId: DataId, ...rest: [number?, number?]) => {
    if (depth === 0 && varies.has(dataId)) declined ??= 'the step reads a tensor back';
    return readSync.call(backend, dataId, ...rest);
  };
  const restore = () => {
    for (const { config, original } of configs) config.kernelFunc = original;
    Object.assign(backend, { disposeData, readSync });
    heap.kernels = kernels;
  };
  const release = () => {
    for (const dataId of disposed.splice(0)) disposeData.call(backend, dataId, true);
  };
  try {
    const result = compute();
    restore();
    return { result, calls, declined, release };
  } catch (error) {
    restore();
    release();
    throw error;
  }
}
