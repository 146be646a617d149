/** Images at another resolution, channels last, as TensorFlow's `tf.image.resize` makes them. */
import { tf, type Tensor, type Tensor4D } from '../../src/core/tensor.ts';

export const interpolations = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'] as const;
export type Interpolation = (typeof interpolations)[number];

interface Kernel { readonly radius: number; readonly at: (x: number) => number }

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const lanczos = (radius: number): Kernel => ({ radius, at: (x) => (Math.abs(x) < radius ? sinc(x) * sinc(x / radius) : 0) });

/** How much a point counts at a distance. The cubic is Keys's, 1981, with a = −0.5. */
const kernels: Readonly<Record<Exclude<Interpolation, 'nearest'>, Kernel>> = {
  bilinear: { radius: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    radius: 2,
    at(x) {
      const d = Math.abs(x);
      if (d >= 2) return 0;
      return d <= 1 ? (1.5 * d - 2.5) * d * d + 1 : ((-0.5 * d + 2.5) * d - 4) * d + 2;
    },
  },
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
};

/** A matrix of `to` rows, each the weights of `from` points in one new point; `antialias` widens the kernel when the image shrinks. */
function weights(from: number, to: number, interpolation: keyof typeof kernels, antialias: boolean): Tensor {
  const { radius, at } = kernels[interpolation];
  const scale = from / to;
  const width = antialias ? Math.max(scale, 1) : 1;
  const values = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const exact = (i + 0.5) * scale - 0.5;
    // TensorFlow's cubic comes from a table.
    const centre = interpolation === 'bicubic' && !antialias ? Math.round(exact * 1024) / 1024 : exact;
    const first = Math.max(0, Math.ceil(centre - radius * width));
    const last = Math.min(from - 1, Math.floor(centre + radius * width));
    const row = Array.from({ length: last - first + 1 }, (_, j) => at((first + j - centre) / width));
    const total = row.reduce((sum, w) => sum + w, 0);
    row.forEach((w, j) => (values[i * from + first + j] = w / total));
  }
  return tf.tensor(values, [to, from]);
}

/** Multiplies the axes of height and of width by a matrix each. */
function product(x: Tensor, vertical: Tensor, horizontal: Tensor): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [tall, wide] = [vertical.shape[0]!, horizontal.shape[0]!];
  const rows = tf.matMul(tf.expandDims(vertical, 0), tf.reshape(x, [batch, height, width * channels]));
  const points = tf.matMul(tf.expandDims(horizontal, 0), tf.reshape(rows, [batch * tall, width, channels]));
  return tf.reshape(points, [batch, tall, wide, channels]);
}

/** `[batch, height, width, channels]` → `[batch, ...size, channels]`. */
export function resample(x: Tensor, size: readonly [number, number], interpolation: Interpolation, antialias = false): Tensor {
  const [, height, width] = x.shape as [number, number, number];
  if (interpolation === 'nearest') return tf.image.resizeNearestNeighbor(x as Tensor4D, [...size], false, true);
  if (interpolation === 'bilinear' && !antialias) return tf.image.resizeBilinear(x as Tensor4D, [...size], false, true);
  return product(x, weights(height, size[0], interpolation, antialias), weights(width, size[1], interpolation, antialias));
}
