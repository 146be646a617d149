import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type DataType, tf } from '../../core/tensor.ts';
import type { Kernels } from './generated/kernels.ts';

/**
 * The heap of tfjs's WebAssembly engine, which our kernels work in too. `startWasm` fills it in.
 *
 * Every access of a kernel to the heap goes through `kernels`: whoever wants to know what a computation consists of (to replay it) puts
 * something in its place that writes the calls down. The arguments of a call are addresses of whole tensors or of places inside them,
 * addresses of constants that are never freed (`constant`), and plain numbers.
 *
 * A recording moves tensors to other places, and several to one place where their times do not overlap. So an address is a parameter of type
 * `usize` of its own, never part of a list; what a kernel reads of a tensor that it made itself, a kernel has written in the same step; and nothing is
 * left in a tensor from one step to the next.
 */
export const heap = {} as {
  backend: BackendWasm;
  module: Module;
  kernels: Kernels;
  /** There where calls are written down first and made later: makes them. Whoever goes to the numbers of tensors not by `kernels` calls it before. */
  settle?: (() => void) | undefined;
};

/** What we use of the module that Emscripten makes; `HEAPU8` is another array after each growth of the heap. */
export interface Module {
  readonly asm: { readonly memory: WebAssembly.Memory };
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/** Where a tensor's numbers lie. */
export const address = (tensor: tf.TensorInfo): number => heap.backend.dataIdMap.get(tensor.dataId).memoryOffset;

/** A fresh tensor with whatever its memory holds. */
export const fresh = (shape: readonly number[], dtype: DataType = 'float32'): tf.TensorInfo => heap.backend.makeOutput([...shape], dtype);

/** The same numbers under another shape, without a copy. */
export function alias(tensor: tf.TensorInfo, shape: readonly number[] = tensor.shape): tf.TensorInfo {
  heap.backend.incRef(tensor.dataId);
  return { dataId: tensor.dataId, shape: [...shape], dtype: tensor.dtype };
}

/** Gives back a tensor that a kernel made for itself. */
export const release = (tensor: tf.TensorInfo): void => void heap.backend.disposeData(tensor.dataId);

const constants = new Map<string, number>();

/** The address of a list of int32 that stays there for good. */
export function constant(integers: readonly number[]): number {
  const key = integers.join();
  let place = constants.get(key);
  if (place === undefined) {
    place = heap.module._malloc(4 * integers.length) >>> 0;
    new Int32Array(heap.module.HEAPU8.buffer, place, integers.length).set(integers);
    constants.set(key, place);
  }
  return place;
}

let scratchBytes = 0;

/**
 * Sees to it that the kernels have so many bytes of working memory. What they had before is never freed, as it lies in the way of calls
 * that were written down; each new region is at least twice as large, so that all together are less than twice the last.
 */
export function reserveScratch(bytes: number): void {
  if (bytes <= scratchBytes) return;
  scratchBytes = Math.max(bytes, 2 * scratchBytes);
  heap.kernels.useScratch((heap.module._malloc(scratchBytes + 16) + 15) & ~15, scratchBytes);
}

/** Bytes of working memory that the kernels have; how a few of them cut their work up goes by it. */
export const scratchSize = (): number => scratchBytes;

/** Forgets all places of an engine that is gone. */
export function forgetHeap(): void {
  constants.clear();
  scratchBytes = 0;
}
