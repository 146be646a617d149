import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf, type Tensor, type Tensor4D, type Tensor5D } from '../src/core/tensor.ts';
import { dataFormat, fromChannelsLast, spaceOf, spaceShape, toChannelsLast } from './shared/space.ts';
import { tuple } from './shared/tuple.ts';
import { seen } from './shared/volume.ts';
import { places } from './shared/window.ts';

type Mode = 'max' | 'average';
type Pair = [number, number];
type Triple = [number, number, number];

const pooling = <const K extends string>(kind: K, name: string, axes: 1 | 2 | 3, mode: Mode) => defineLayer({
  kind,
  keras: { name },
  options: z.strictObject({
    poolSize: tuple(axes).prefault(2),
    /** The pool's own size if not given. */
    strides: tuple(axes).nullable().default(null),
    padding: z.enum(['valid', 'same']).default('valid'),
    dataFormat,
  }),
  rank: axes + 1,
  build({ poolSize, strides, padding, ...options }, input) {
    const { space, channels } = spaceOf(input, options.dataFormat);
    const moved = places(kind, space, { noun: 'pool', option: 'poolSize', size: poolSize, strides: strides ?? poolSize, padding });
    return { output: spaceShape(moved, channels, options.dataFormat) };
  },
  call: (x, { options: { poolSize, strides, padding, ...options } }) =>
    fromChannelsLast(pooled(toChannelsLast(x, options.dataFormat), mode, poolSize, strides ?? poolSize, padding), options.dataFormat),
});

/** Channels last. Averages leave out what padding added. */
function pooled(x: Tensor, mode: Mode, size: readonly number[], strides: readonly number[], padding: 'valid' | 'same'): Tensor {
  if (x.rank === 5) {
    const volume = padding === 'same' ? seen(x as Tensor5D, size, strides) : (x as Tensor5D);
    return (mode === 'max' ? tf.maxPool3d : tf.avgPool3d)(volume, size as Triple, strides as Triple, padding);
  }
  const pool = mode === 'max' ? tf.maxPool : tf.avgPool;
  if (x.rank === 4) return pool(x as Tensor4D, size as Pair, strides as Pair, padding);
  const [batch, steps, channels] = x.shape as Triple;
  const y = pool(tf.reshape(x, [batch, steps, 1, channels]) as Tensor4D, [size[0]!, 1], [strides[0]!, 1], padding);
  return tf.reshape(y, [batch, y.shape[1], channels]);
}

/** The largest number in each window of a sequence: `[steps, channels]` → `[newSteps, channels]`. */
export const maxPooling1d = pooling('maxPooling1d', 'MaxPooling1D', 1, 'max');
/** The largest number in each window of an image: `[height, width, channels]` → `[newHeight, newWidth, channels]`. */
export const maxPooling2d = pooling('maxPooling2d', 'MaxPooling2D', 2, 'max');
/** The largest number in each window of a volume: `[depth, height, width, channels]`. */
export const maxPooling3d = pooling('maxPooling3d', 'MaxPooling3D', 3, 'max');
/** The mean of each window of a sequence: `[steps, channels]` → `[newSteps, channels]`. */
export const averagePooling1d = pooling('averagePooling1d', 'AveragePooling1D', 1, 'average');
/** The mean of each window of an image: `[height, width, channels]` → `[newHeight, newWidth, channels]`. */
export const averagePooling2d = pooling('averagePooling2d', 'AveragePooling2D', 2, 'average');
/** The mean of each window of a volume: `[depth, height, width, channels]`. */
export const averagePooling3d = pooling('averagePooling3d', 'AveragePooling3D', 3, 'average');
