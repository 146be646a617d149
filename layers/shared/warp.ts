/** Images moved by an affine map each: what TensorFlow's `ImageProjectiveTransformV3` computes. Channels last. */
import { z } from 'zod';
import { tf, type Tensor } from '../../src/core/tensor.ts';

/** What lies beyond the edge: the image mirrored, the image again, `fillValue`, or the edge itself. */
const fillMode = z.enum(['reflect', 'wrap', 'constant', 'nearest']).default('reflect');

/** The options of layers that move images. */
export const warpOptions = { fillMode, interpolation: z.enum(['bilinear', 'nearest']).default('bilinear'), fillValue: z.number().default(0) };
export type WarpOptions = { [K in keyof typeof warpOptions]: z.output<(typeof warpOptions)[K]> };

/** Brings coordinates into an axis of `length` points. */
function inside(at: Tensor, length: number, mode: WarpOptions['fillMode']): Tensor {
  if (mode === 'constant') return at;
  const found = { nearest: () => at, reflect: () => mirrored(at, length), wrap: () => wrapped(at, length) }[mode]();
  return tf.clipByValue(found, 0, length - 1);
}

function mirrored(at: Tensor, length: number): Tensor {
  const period = 2 * length;
  const there = tf.sub(at, tf.mul(tf.floor(tf.div(at, period)), period));
  return tf.minimum(there, tf.sub(period - 1, there));
}

/** TensorFlow counts the times to go round by the length less one. */
function wrapped(at: Tensor, length: number): Tensor {
  const last = length - 1;
  const rounds = (beyond: Tensor) => tf.floor(tf.div(tf.relu(beyond), Math.max(last, 1)));
  const before = tf.mul(tf.step(tf.neg(at)), tf.add(rounds(tf.neg(at)), 1));
  const behind = tf.mul(tf.step(tf.sub(at, last)), rounds(at));
  return tf.add(at, tf.mul(tf.sub(before, behind), length));
}

/** Halves go away from 0, as in TensorFlow. */
const rounded = (at: Tensor): Tensor => tf.mul(tf.sign(at), tf.floor(tf.add(tf.abs(at), 0.5)));

/**
 * `[batch, height, width, channels]` → the same: the point of column x and row y is taken from column `columns · [x, y, 1]` and row `rows · [x, y, 1]`,
 * where `columns` and `rows` are of shape `[batch, 3]`.
 */
export function warp(images: Tensor, columns: Tensor, rows: Tensor, { fillMode: mode, interpolation, fillValue }: WarpOptions): Tensor {
  const [batch, height, width, channels] = images.shape as [number, number, number, number];
  const points = height * width;
  const grid = tf.tensor2d(Float32Array.from({ length: 3 * points }, (_, i) => {
    const point = i % points;
    return i < points ? point % width : i < 2 * points ? Math.floor(point / width) : 1;
  }), [3, points]);
  const x = inside(tf.matMul(columns, grid), width, mode);
  const y = inside(tf.matMul(rows, grid), height, mode);
  const all = tf.reshape(images, [batch * points, channels]);
  const firsts = tf.tensor2d(Array.from({ length: batch }, (_, i) => [i * points]), [batch, 1], 'int32');

  /** The image's values at whole coordinates, times a weight of shape [batch, points]. */
  const taken = (atX: Tensor, atY: Tensor, weight: Tensor | undefined): Tensor => {
    const [column, row] = [tf.clipByValue(atX, 0, width - 1), tf.clipByValue(atY, 0, height - 1)];
    const places = tf.add(tf.add(tf.mul(tf.cast(row, 'int32'), tf.scalar(width, 'int32')), tf.cast(column, 'int32')), firsts);
    const values = tf.gather(all, places);
    const there = mode === 'constant' ? tf.mul(tf.cast(tf.equal(column, atX), 'float32'), tf.cast(tf.equal(row, atY), 'float32')) : undefined;
    const counts = weight && there ? tf.mul(weight, there) : (weight ?? there);
    if (!counts) return values;
    const filled = mode === 'constant' && fillValue !== 0 ? tf.sub(values, fillValue) : values;
    return tf.mul(filled, tf.expandDims(counts, -1));
  };

  const [left, top] = interpolation === 'nearest' ? [rounded(x), rounded(y)] : [tf.floor(x), tf.floor(y)];
  const around = (): Tensor => {
    if (interpolation === 'nearest') return taken(left, top, undefined);
    const [right, bottom] = [tf.add(left, 1), tf.add(top, 1)];
    const [fromLeft, fromTop] = [tf.sub(x, left), tf.sub(y, top)];
    const [fromRight, fromBottom] = [tf.sub(1, fromLeft), tf.sub(1, fromTop)];
    return tf.addN([
      taken(left, top, tf.mul(fromRight, fromBottom)), taken(right, top, tf.mul(fromLeft, fromBottom)),
      taken(left, bottom, tf.mul(fromRight, fromTop)), taken(right, bottom, tf.mul(fromLeft, fromTop)),
    ]);
  };
  const moved = around();
  return tf.reshape(mode === 'constant' && fillValue !== 0 ? tf.add(moved, fillValue) : moved, [batch, height, width, channels]);
}
