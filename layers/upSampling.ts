import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { interpolations, resample } from './shared/resampling.ts';
import { dataFormat, fromChannelsLast, spaceOf, spaceShape, toChannelsLast } from './shared/space.ts';
import { tuple } from './shared/tuple.ts';

/** Repeats each point of an image, rows and columns so many times. A product is the fastest way to copy, and to sum the gradients of the copies. */
function repeated(x: Tensor, [rows, columns]: readonly [number, number]): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const copies = tf.mul(tf.reshape(x, [batch * height, 1, width, 1, channels]), tf.ones([1, rows, 1, columns, 1]));
  return tf.reshape(copies, [batch, height * rows, width * columns, channels]);
}

const grown = (space: readonly (number | null)[], size: readonly number[]) => space.map((n, i) => (n === null ? null : n * size[i]!));

/** Repeats each step of a sequence `size` times: `[steps, features]` → `[steps · size, features]`. */
export const upSampling1d = defineLayer({
  kind: 'upSampling1d',
  keras: { name: 'UpSampling1D' },
  options: z.strictObject({ size: z.int().positive().default(2) }),
  rank: 2,
  build: ({ size }, [steps, features]) => ({ output: spaceShape(grown([steps!], [size]), features!, 'channelsLast') }),
  call(x, { options: { size } }) {
    const [batch, steps, features] = x.shape as [number, number, number];
    return tf.reshape(repeated(tf.reshape(x, [batch, steps, 1, features]), [size, 1]), [batch, steps * size, features]);
  },
});

/** Enlarges an image, `size: [rows, columns]` times: `[height, width, channels]` → `[height · rows, width · columns, channels]`. */
export const upSampling2d = defineLayer({
  kind: 'upSampling2d',
  keras: { name: 'UpSampling2D' },
  options: z.strictObject({ size: tuple(2).prefault(2), dataFormat, interpolation: z.enum(interpolations).default('nearest') }),
  rank: 3,
  build({ size, ...options }, input) {
    const { space, channels } = spaceOf(input, options.dataFormat);
    return { output: spaceShape(grown(space, size), channels, options.dataFormat) };
  },
  call(x, { options }) {
    const [rows, columns] = options.size as [number, number];
    const images = toChannelsLast(x, options.dataFormat);
    const larger = options.interpolation === 'nearest' ? repeated(images, [rows, columns])
      : resample(images, [images.shape[1]! * rows, images.shape[2]! * columns], options.interpolation);
    return fromChannelsLast(larger, options.dataFormat);
  },
});

/** Repeats each point of a volume along its three axes: `[depth, height, width, channels]`. */
export const upSampling3d = defineLayer({
  kind: 'upSampling3d',
  keras: { name: 'UpSampling3D' },
  options: z.strictObject({ size: tuple(3).prefault(2), dataFormat }),
  rank: 4,
  build({ size, ...options }, input) {
    const { space, channels } = spaceOf(input, options.dataFormat);
    return { output: spaceShape(grown(space, size), channels, options.dataFormat) };
  },
  call: (x, { options }) => fromChannelsLast(repeatedVolume(toChannelsLast(x, options.dataFormat), options.size as [number, number, number]), options.dataFormat),
});

/** First within each layer of the volume, then the layers, whose points lie in one row. */
function repeatedVolume(x: Tensor, [layers, rows, columns]: readonly [number, number, number]): Tensor {
  const [batch, depth, height, width, channels] = x.shape as [number, number, number, number, number];
  const flat = repeated(tf.reshape(x, [batch * depth, height, width, channels]), [rows, columns]);
  const tall = repeated(tf.reshape(flat, [batch, depth, height * rows * width * columns, channels]), [layers, 1]);
  return tf.reshape(tall, [batch, depth * layers, height * rows, width * columns, channels]);
}
