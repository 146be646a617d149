import { z } from 'zod';
import { activate, activatedShape, activation } from '../src/core/activations.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { weight } from '../src/core/weight.ts';
import { sized } from '../src/core/shape.ts';
import { tf } from '../src/core/tensor.ts';
import { kernelAndBias } from './shared/kernelAndBias.ts';
import { known } from './shared/known.ts';

/** Fully connected: `activation(x · kernel + bias)` over the last axis; `[…, features]` → `[…, units]`. */
export const dense = defineLayer({
  kind: 'dense',
  keras: { name: 'Dense', ignore: ['lora_rank', 'lora_alpha', 'quantization_config'] },
  options: z.strictObject({
    units: z.int().positive(),
    activation: activation.default('linear'),
    useBias: z.boolean().default(true),
    ...kernelAndBias,
  }),
  rank: { atLeast: 1 },
  mask: 'pass',
  build({ units, useBias, ...options }, input) {
    const features = known('dense', 'features', input.at(-1), input);
    return {
      output: activatedShape('dense', options.activation, sized(...input.slice(0, -1), units)),
      weights: {
        kernel: weight([features, units], options.kernelInitializer, { regularizer: options.kernelRegularizer, constraint: options.kernelConstraint }),
        bias: useBias ? weight([units], options.biasInitializer, { regularizer: options.biasRegularizer, constraint: options.biasConstraint }) : undefined,
      },
    };
  },
  call(x, { options, weights: { kernel, bias } }) {
    const [features, units] = kernel.shape as [number, number];
    const rows = x.rank === 2 ? x : tf.reshape(x, [-1, features]);
    const y = tf.matMul(rows, kernel);
    const z = bias ? tf.add(y, bias) : y;
    return activate(options.activation, x.rank === 2 ? z : tf.reshape(z, [...x.shape.slice(0, -1), units]));
  },
});
