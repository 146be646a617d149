/** The order of examples, and batches of them. */
import { philox } from '../core/philox.ts';
import { inWords, ModelError } from '../core/errors.ts';
import type { Batch, Data, Dataset, Port } from './dataset.ts';
import { takeBatch } from './dataset.ts';

let places = Uint32Array.from({ length: 256 }, (_, i) => i);

/** 0 to n - 1, not to be written to. */
export function inOrder(n: number): Uint32Array {
  if (n > places.length) places = Uint32Array.from({ length: 2 * n }, (_, i) => i);
  return places.subarray(0, n);
}

/** A random order of `n` rows that follows from seed and epoch: Fisher and Yates. */
export function permutation(n: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const random = philox(seed, epoch).uint32(n);
  for (let i = n - 1; i > 0; i--) {
    const j = random[i]! % (i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Batches of the rows of an order; the last may be smaller. */
export function* datasetBatches(data: Dataset, ports: readonly Port[], { batchSize, order }: { batchSize: number; order: Uint32Array }): Generator<Batch> {
  for (let at = 0; at < order.length; at += batchSize) yield takeBatch(data, order.subarray(at, at + batchSize), ports);
}

/** What an iterable of batches yields: inputs, targets, and perhaps sample weights. */
export type BatchData = readonly [x: Data, y: Data] | readonly [x: Data, y: Data, sampleWeight: Data | undefined];
export type BatchStream = Iterable<BatchData> | AsyncIterable<BatchData>;

export const isStream = (value: unknown): value is BatchStream =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value) && (Symbol.iterator in value || Symbol.asyncIterator in value);

export const iterate = (stream: BatchStream): AsyncIterator<BatchData> | Iterator<BatchData> =>
  Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();

/** @throws ModelError for what is not a pair or triple. */
export function checkBatch(where: string, given: unknown): BatchData {
  if (Array.isArray(given) && (given.length === 2 || given.length === 3)) return given as unknown as BatchData;
  throw new ModelError(where, `an iterable must yield batches [x, y] or [x, y, sampleWeight], got ${inWords(given)}`);
}
