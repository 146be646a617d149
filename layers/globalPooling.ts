import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { sized } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { dataFormat, spaceOf, spaceShape, type DataFormat } from './shared/space.ts';

/** The axes of space of a batch. */
const axesOf = (x: Tensor, format: DataFormat) => x.shape.slice(2).map((_, i) => i + (format === 'channelsFirst' ? 2 : 1));

/** The mean over the steps that count. */
function maskedMean(x: Tensor, mask: Tensor, format: DataFormat, keepDims: boolean): Tensor {
  const [batch, steps] = mask.shape as [number, number];
  const counts = tf.reshape(mask, format === 'channelsFirst' ? [batch, 1, steps] : [batch, steps, 1]);
  const along = axesOf(x, format);
  return tf.div(tf.sum(tf.where(counts, x, tf.zerosLike(x)), along, keepDims), tf.sum(tf.cast(counts, 'float32'), along, keepDims));
}

const globalPooling = <const K extends string>(kind: K, name: string, axes: 1 | 2 | 3, mode: 'max' | 'average') => defineLayer({
  kind,
  keras: { name, rename: { keepDims: 'keepdims' } },
  options: z.strictObject({
    dataFormat,
    /** Whether the axes of space stay, with size 1. */
    keepDims: z.boolean().default(false),
  }),
  rank: axes + 1,
  build(options, input) {
    const { space, channels } = spaceOf(input, options.dataFormat);
    return { output: options.keepDims ? spaceShape(space.map(() => 1), channels, options.dataFormat) : sized(channels) };
  },
  call(x, { options, mask }) {
    if (mode === 'max') return tf.max(x, axesOf(x, options.dataFormat), options.keepDims);
    if (mask && axes === 1) return maskedMean(x, mask, options.dataFormat, options.keepDims);
    return tf.mean(x, axesOf(x, options.dataFormat), options.keepDims);
  },
});

/** The largest number of each feature over all steps: `[steps, features]` → `[features]`. */
export const globalMaxPooling1d = globalPooling('globalMaxPooling1d', 'GlobalMaxPooling1D', 1, 'max');
/** The largest number of each channel over an image: `[height, width, channels]` → `[channels]`. */
export const globalMaxPooling2d = globalPooling('globalMaxPooling2d', 'GlobalMaxPooling2D', 2, 'max');
/** The largest number of each channel in a volume: `[depth, height, width, channels]` → `[channels]`. */
export const globalMaxPooling3d = globalPooling('globalMaxPooling3d', 'GlobalMaxPooling3D', 3, 'max');
/** The mean of each feature over the steps that count: `[steps, features]` → `[features]`. */
export const globalAveragePooling1d = globalPooling('globalAveragePooling1d', 'GlobalAveragePooling1D', 1, 'average');
/** The mean of each channel over an image: `[height, width, channels]` → `[channels]`. */
export const globalAveragePooling2d = globalPooling('globalAveragePooling2d', 'GlobalAveragePooling2D', 2, 'average');
/** The mean of each channel in a volume: `[depth, height, width, channels]` → `[channels]`. */
export const globalAveragePooling3d = globalPooling('globalAveragePooling3d', 'GlobalAveragePooling3D', 3, 'average');
