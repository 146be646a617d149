import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { truncatedNormal } from '../src/core/initializers.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { layerOption } from '../src/core/layer.ts';
import { weight } from '../src/core/weight.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';

const unit = (v: Tensor) => tf.mul(v, tf.rsqrt(tf.maximum(tf.sum(tf.square(v)), 1e-14)));

/** The largest singular value of a matrix, sharpened by power iteration from `start` ([1, columns]), and the vector that found it. */
function largestSingularValue(matrix: Tensor, start: Tensor, iterations: number): { sigma: Tensor; vector: Tensor } {
  let right = start;
  let left!: Tensor;
  for (let i = 0; i < iterations; i++) {
    left = unit(tf.matMul(right, matrix, false, true));
    right = unit(tf.matMul(left, matrix));
  }
  const sigma = tf.matMul(tf.matMul(left, matrix), right, false, true);
  const none = tf.equal(sigma, 0);
  // A matrix of zeros stays as it is.
  return { sigma: tf.reshape(tf.where(none, 1, sigma), []), vector: tf.where(none, start, right) };
}

/** The quotient takes the kernel's place, so the kernel gets the gradient of the quotient as it is. */
const divided = (w: Tensor, sigma: Tensor): Tensor =>
  tf.customGrad((x) => ({ value: tf.div(x as Tensor, sigma), gradFunc: (dy: Tensor) => dy }))(w);

/**
 * While training, divides the kernel of the layer that it holds by its largest singular value, which bounds how much the
 * layer stretches its input. Miyato et al., 2018.
 */
export const spectralNormalization = defineLayer({
  kind: 'spectralNormalization',
  keras: { name: 'SpectralNormalization', borrows: ['layer/kernel', 'layer/embeddings'] },
  options: z.strictObject({ layer: layerOption, powerIterations: z.int().positive().default(1) }),
  integers: true,
  layers: ({ layer }) => ({ layer }),
  build({ layer }, input, { inner, batchSize, dtype }) {
    const { weights } = layer.plan([{ shape: input, dtype, batchSize }]);
    const kernel = weights.kernel ?? weights.embeddings;
    if (!kernel) throw new ModelError('spectralNormalization', `takes a layer with a kernel or embeddings, as dense or conv2d, got ${layer.kind}`);
    const vectorU = weight([1, kernel.shape.at(-1)!], truncatedNormal({ stddev: 0.02 }), { trainable: false });
    return { output: inner.layer!(input), weights: { vectorU } };
  },
  call(x, { options: { layer, powerIterations }, weights: { vectorU }, inner, training, pass, update }) {
    if (!training) return inner.layer!(x).map(({ tensor }) => tensor);
    const held = pass.weights(layer);
    const name = held.kernel ? 'kernel' : 'embeddings';
    const kernel = held[name]!;
    const { sigma, vector } = largestSingularValue(tf.reshape(kernel, [-1, kernel.shape.at(-1)!]), vectorU, powerIterations);
    const normalized = divided(kernel, sigma);
    update('vectorU', vector);
    pass.update(layer, name, normalized);
    const weights: typeof pass.weights = (of) => (of === layer ? { ...held, [name]: normalized } : pass.weights(of));
    return inner.layer!(x, {}, { weights }).map(({ tensor }) => tensor);
  },
});
