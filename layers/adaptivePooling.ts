import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { dataFormat, fromChannelsLast, spaceOf, spaceShape, toChannelsLast } from './shared/space.ts';
import { tuple } from './shared/tuple.ts';

type Mode = 'max' | 'average';

/** Far below every number, and finite: infinity times 0 is no number. */
const lowest = -3e38;

/**
 * Windows from `⌊i · length / count⌋` to `⌈(i + 1) · length / count⌉`. Those of unequal size are filled up to the largest with their last place, which
 * counts for nothing.
 */
function windows(length: number, count: number): { places: number[]; counts: boolean[]; size: number } {
  const starts = Array.from({ length: count }, (_, i) => Math.floor((i * length) / count));
  const ends = starts.map((_, i) => Math.ceil(((i + 1) * length) / count));
  const size = Math.max(...starts.map((start, i) => ends[i]! - start));
  const offsets = [...Array(size).keys()];
  return {
    size,
    places: starts.flatMap((start, i) => offsets.map((offset) => Math.min(start + offset, ends[i]! - 1))),
    counts: starts.flatMap((start, i) => offsets.map((offset) => start + offset < ends[i]!)),
  };
}

/** Pools one axis to `count` windows. */
function poolAxis(x: Tensor, axis: number, count: number, mode: Mode): Tensor {
  const length = x.shape[axis]!;
  const before = x.shape.slice(0, axis);
  const after = x.shape.slice(axis + 1);
  const { places, counts, size } = windows(length, count);
  const rows = tf.reshape(x, [-1, length, after.reduce((product, n) => product * n, 1)]);
  const even = length % count === 0;
  const each = tf.reshape(even ? rows : tf.gather(rows, tf.tensor1d(places, 'int32'), 1), [rows.shape[0]!, count, size, rows.shape[2]!]);
  const beside = (values: readonly number[]) => tf.tensor([...values], [1, count, size, 1]);
  const shape = [...before, count, ...after];
  if (mode === 'max') return tf.reshape(tf.max(even ? each : tf.add(each, beside(counts.map((is) => (is ? 0 : lowest)))), 2), shape);
  if (even) return tf.reshape(tf.mean(each, 2), shape);
  const own = (i: number) => counts.slice(i - (i % size), i - (i % size) + size).filter(Boolean).length;
  return tf.reshape(tf.sum(tf.mul(each, beside(counts.map((is, i) => (is ? 1 / own(i) : 0)))), 2), shape);
}

const adaptivePooling = <const K extends string>(kind: K, name: string, axes: 1 | 2 | 3, mode: Mode) => defineLayer({
  kind,
  keras: { name },
  options: z.strictObject({ outputSize: tuple(axes), dataFormat }),
  rank: axes + 1,
  build: (options, input) => ({ output: spaceShape(options.outputSize, spaceOf(input, options.dataFormat).channels, options.dataFormat) }),
  call: (x, { options }) => fromChannelsLast(
    options.outputSize.reduce((pooled, count, i) => poolAxis(pooled, i + 1, count, mode), toChannelsLast(x, options.dataFormat)), options.dataFormat),
});

/** The largest number in each of `outputSize` windows that cover a sequence: `[steps, channels]` → `[outputSize, channels]`. */
export const adaptiveMaxPooling1d = adaptivePooling('adaptiveMaxPooling1d', 'AdaptiveMaxPooling1D', 1, 'max');
/** The largest number in each of `outputSize` windows that cover an image: `[height, width, channels]` → `[...outputSize, channels]`. */
export const adaptiveMaxPooling2d = adaptivePooling('adaptiveMaxPooling2d', 'AdaptiveMaxPooling2D', 2, 'max');
/** The largest number in each of `outputSize` windows that cover a volume: `[depth, height, width, channels]` → `[...outputSize, channels]`. */
export const adaptiveMaxPooling3d = adaptivePooling('adaptiveMaxPooling3d', 'AdaptiveMaxPooling3D', 3, 'max');
/** The mean of each of `outputSize` windows that cover a sequence: `[steps, channels]` → `[outputSize, channels]`. */
export const adaptiveAveragePooling1d = adaptivePooling('adaptiveAveragePooling1d', 'AdaptiveAveragePooling1D', 1, 'average');
/** The mean of each of `outputSize` windows that cover an image: `[height, width, channels]` → `[...outputSize, channels]`. */
export const adaptiveAveragePooling2d = adaptivePooling('adaptiveAveragePooling2d', 'AdaptiveAveragePooling2D', 2, 'average');
/** The mean of each of `outputSize` windows that cover a volume: `[depth, height, width, channels]` → `[...outputSize, channels]`. */
export const adaptiveAveragePooling3d = adaptivePooling('adaptiveAveragePooling3d', 'AdaptiveAveragePooling3D', 3, 'average');
