/** Changes of the colours of images. `axis` is that of the channels. */
import { z } from 'zod';
import { ModelError } from '../../src/core/errors.ts';
import { show, type Shape } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { seed } from './noise.ts';
import { dataFormat, type DataFormat } from './space.ts';

export type Values = readonly [number, number];

/** Between what the numbers of a pixel lie. */
export const valueRange = z.tuple([z.number(), z.number()]).default([0, 255]);
/** Options of layers that change colours. */
export const colourOptions = { valueRange, dataFormat, seed };

export const channelAxis = (format: DataFormat): number => (format === 'channelsFirst' ? 1 : 3);

/** @throws ModelError for images that are not red, green and blue */
export function checkColours(where: string, input: Shape, format: DataFormat): void {
  const channels = input[channelAxis(format) - 1];
  if (channels !== 3 && channels !== null) throw new ModelError(where, `takes images of 3 channels, red, green and blue, but here one example is ${show(input)}`);
}

/** A number for each channel along their axis. */
const along = (axis: number, numbers: readonly number[]): Tensor => tf.tensor([...numbers], axis === 1 ? [1, 3, 1, 1] : [1, 1, 1, 3]);

const brightest = (x: Tensor, axis: number) => tf.max(x, axis, true);
const darkest = (x: Tensor, axis: number) => tf.min(x, axis, true);

/** How bright a pixel is to the eye, of one channel. ITU-R BT.601. */
export const grayscale = (x: Tensor, axis: number): Tensor => tf.sum(tf.mul(x, along(axis, [0.2989, 0.587, 0.114])), axis, true);

/** Moves by a share of the width of the range. */
export const brightened = (x: Tensor, share: Tensor, [low, high]: Values): Tensor => tf.clipByValue(tf.add(x, tf.mul(share, high - low)), low, high);

/** Stretches the distance of each channel to its mean. */
export function contrasted(x: Tensor, stretch: Tensor, axis: number, [low, high]: Values): Tensor {
  const mean = tf.mean(x, axis === 1 ? [2, 3] : [1, 2], true);
  return tf.clipByValue(tf.add(tf.mul(tf.sub(x, mean), stretch), mean), low, high);
}

/** Less than that is no colour. */
const least = 1e-7;

/** Multiplies the saturation of HSV, which is cut to the range of the pixels, as in Keras; hue and value stay. */
export function saturated(x: Tensor, factor: Tensor, axis: number, [low, high]: Values): Tensor {
  const value = brightest(x, axis);
  const saturation = tf.mul(tf.div(tf.sub(value, darkest(x, axis)), tf.maximum(value, least)), tf.step(value));
  const now = tf.clipByValue(tf.mul(saturation, factor), low, high);
  // A channel's distance to the brightest one is in proportion to the saturation.
  return tf.sub(value, tf.mul(tf.sub(value, x), tf.div(now, tf.maximum(saturation, least))));
}

const equal = (a: Tensor, b: Tensor) => tf.cast(tf.equal(a, b), 'float32');

/** Turns the hue of HSV by a share of the circle; saturation and value stay. */
export function hueTurned(x: Tensor, turn: Tensor, axis: number, [low, high]: Values): Tensor {
  const value = brightest(x, axis);
  const range = tf.sub(value, darkest(x, axis));
  const [red, green, blue] = tf.split(x, 3, axis) as [Tensor, Tensor, Tensor];
  const isRed = equal(value, red);
  const isGreen = tf.mul(tf.sub(1, isRed), equal(value, green));
  const isBlue = tf.sub(tf.sub(1, isRed), isGreen);
  const within = tf.addN([tf.mul(isRed, tf.sub(green, blue)), tf.mul(isGreen, tf.sub(blue, red)), tf.mul(isBlue, tf.sub(red, green))]);
  // In sixths of the circle; where there is no range there is no hue, and none is needed.
  const sixths = tf.add(tf.addN([tf.div(within, tf.maximum(range, least)), tf.mul(isGreen, 2), tf.mul(isBlue, 4)]), tf.mul(turn, 6));
  const hue = tf.sub(sixths, tf.mul(tf.floor(tf.div(sixths, 6)), 6));
  // How much of each channel a hue has: from 0 to 1 and back over two sixths each.
  const far = tf.abs(tf.sub(hue, along(axis, [3, 2, 4])));
  const share = tf.clipByValue(tf.add(tf.mul(far, along(axis, [1, -1, -1])), along(axis, [-1, 2, 2])), 0, 1);
  return tf.clipByValue(tf.sub(value, tf.mul(range, tf.sub(1, share))), low, high);
}
