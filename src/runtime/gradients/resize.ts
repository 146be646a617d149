/**
 * Resized images. Each axis is resized on its own, and linearly: y = R · x · Cᵀ, so that Rᵀ · dy · C flows back. (tfjs's own kernels for that forget
 * about pixels that are taken at their centres; its plain JavaScript swaps height and width.)
 */
import { type Tensor, type Tensor4D, tf } from '../../core/tensor.ts';
import { gradient } from './define.ts';

interface Attributes {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** How much of each old pixel (column) is in each new one (row): TensorFlow's rules. */
function weights(given: number, wanted: number, bilinear: boolean, { alignCorners, halfPixelCenters }: Attributes): Float32Array {
  const scale = alignCorners && wanted > 1 ? (given - 1) / (wanted - 1) : given / wanted;
  const matrix = new Float32Array(wanted * given);
  const add = (row: number, column: number, weight: number) => {
    matrix[row * given + column]! += weight;
  };
  for (let i = 0; i < wanted; i++) {
    if (bilinear) {
      const place = Math.fround(halfPixelCenters ? (i + 0.5) * scale - 0.5 : i * scale);
      const before = Math.max(0, Math.floor(place));
      const behind = Math.min(given - 1, Math.max(0, Math.ceil(place)));
      add(i, before, 1 - (place - before));
      add(i, behind, place - before);
    } else {
      const place = Math.fround(halfPixelCenters ? (i + 0.5) * scale : i * scale);
      add(i, Math.min(given - 1, alignCorners ? Math.round(place) : Math.floor(place)), 1);
    }
  }
  return matrix;
}

function byImages(dy: Tensor4D, x: Tensor, bilinear: boolean, attributes: Attributes): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [, outHeight, outWidth] = dy.shape;
  const rows = tf.tensor2d(weights(height, outHeight, bilinear, attributes), [outHeight, height]);
  const columns = tf.tensor2d(weights(width, outWidth, bilinear, attributes), [outWidth, width]);
  const byRows = tf.matMul(rows, dy.reshape([batch, outHeight, outWidth * channels]), true, false).reshape([batch * height, outWidth, channels]);
  return tf.matMul(columns, byRows, true, false).reshape([batch, height, width, channels]);
}

const resized = (kernel: string, bilinear: boolean): tf.GradConfig =>
  gradient(kernel, ['images'], (dy, [images], attributes) => ({ images: () => byImages(dy as Tensor4D, images!, bilinear, attributes as unknown as Attributes) }));

export const resizeGradients = [resized(tf.ResizeBilinear, true), resized(tf.ResizeNearestNeighbor, false)];
