import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { colourOptions } from './shared/colour.ts';
import { chosen, drawn, rangeUpTo } from './shared/range.ts';
import { fromChannelsLast, toChannelsLast } from './shared/space.ts';

const odd = z.int().positive().refine((n) => n % 2 === 1, 'must be odd');

/** A normal distribution over so many points, of sum 1. */
function bell(size: number, sigma: Tensor): Tensor {
  const at = tf.sub(tf.range(0, size, 1, 'float32'), (size - 1) / 2);
  const heights = tf.exp(tf.mul(tf.square(tf.div(at, sigma)), -0.5));
  return tf.div(heights, tf.sum(heights));
}

/** While training, blurs an image with a probability drawn from `factor`, with a deviation drawn from `sigma` for all images of a batch. Shapes stay. */
export const randomGaussianBlur = defineLayer({
  kind: 'randomGaussianBlur',
  keras: { name: 'RandomGaussianBlur', ignore: ['bounding_box_format'] },
  options: z.strictObject({
    factor: rangeUpTo(0, 1).prefault(1),
    kernelSize: z.union([odd.transform((n): [number, number] => [n, n]), z.tuple([odd, odd])]).prefault(3),
    sigma: rangeUpTo(0, 1).prefault(1),
    ...colourOptions,
  }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(given, { options: { factor, kernelSize: [height, width], sigma, valueRange: [low, high], ...options }, training, random }) {
    if (!training) return given;
    const x = toChannelsLast(given, options.dataFormat);
    const [batch, , , channels] = x.shape as [number, number, number, number];
    const deviation = () => tf.add(drawn(random, sigma, [1], options.seed), 1e-6);
    const kernel = tf.tile(tf.reshape(tf.mul(tf.reshape(bell(width, deviation()), [width, 1]), bell(height, deviation())), [height, width, 1, 1]), [1, 1, channels, 1]);
    const blurred = tf.depthwiseConv2d(x as never, kernel as never, 1, 'same') as Tensor;
    return fromChannelsLast(tf.clipByValue(tf.add(x, tf.mul(chosen(random, factor, batch, options.seed), tf.sub(blurred, x))), low, high), options.dataFormat);
  },
});
