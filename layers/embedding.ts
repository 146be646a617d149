import { z } from 'zod';
import { constraint } from '../src/core/constraints.ts';
import { initializer } from '../src/core/initializers.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { lookUp } from '../src/core/lookup.ts';
import { weight } from '../src/core/weight.ts';
import { regularizer } from '../src/core/regularizers.ts';
import { sized } from '../src/core/shape.ts';
import { tf } from '../src/core/tensor.ts';

/** A learnt vector for each index in `[0, inputDim)`: `[…]` → `[…, outputDim]`. With `maskZero`, index 0 is padding and masked. */
export const embedding = defineLayer({
  kind: 'embedding',
  keras: { name: 'Embedding', ignore: ['lora_rank', 'lora_alpha', 'quantization_config', 'input_length'] },
  options: z.strictObject({
    inputDim: z.int().positive(),
    outputDim: z.int().positive(),
    embeddingsInitializer: initializer.prefault('randomUniform'),
    embeddingsRegularizer: regularizer,
    embeddingsConstraint: constraint,
    maskZero: z.boolean().default(false),
  }),
  integers: true,
  choices: ({ inputDim }) => inputDim,
  mask: ({ inputs: [x], options }) => (options.maskZero ? tf.notEqual(x!, tf.scalar(0, x!.dtype as 'int32')) : undefined),
  build: ({ inputDim, outputDim, ...options }, input) => ({
    output: sized(...input, outputDim),
    weights: {
      embeddings: weight([inputDim, outputDim], options.embeddingsInitializer, {
        regularizer: options.embeddingsRegularizer, constraint: options.embeddingsConstraint,
      }),
    },
  }),
  call: (x, { weights: { embeddings } }) => lookUp(embeddings, x.dtype === 'int32' ? x : tf.cast(x, 'int32')),
});
