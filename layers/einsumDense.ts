import { z } from 'zod';
import { activate, activatedShape, activation } from '../src/core/activations.ts';
import { ModelError } from '../src/core/errors.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { weight } from '../src/core/weight.ts';
import { show, sized, type Shape } from '../src/core/shape.ts';
import { tf } from '../src/core/tensor.ts';
import { contract, readEquation, type Equation } from './shared/contraction.ts';
import { asMatrix } from './shared/fans.ts';
import { kernelAndBias } from './shared/kernelAndBias.ts';
import { known } from './shared/known.ts';

const sizes = z.union([z.int().positive().transform((one) => [one]), z.array(z.int().positive().nullable())]);

/**
 * A dense layer over axes of one's choice: `activation(einsum(equation, x, kernel) + bias)`. In `'abc,cd->abd'` `a` is the batch, `c` is summed over, and
 * `outputShape: [null, 64]` gives `b` (as in the input) and `d`. `biasAxes: 'd'` are the axes of the bias; without them there is none.
 */
export const einsumDense = defineLayer({
  kind: 'einsumDense',
  keras: { name: 'EinsumDense', ignore: ['lora_rank', 'lora_alpha', 'gptq_unpacked_column_size', 'quantization_config'] },
  options: z.strictObject({
    equation: z.string(),
    outputShape: sizes,
    activation: activation.default('linear'),
    biasAxes: z.string().nullable().default(null),
    ...kernelAndBias,
  }),
  build({ equation, outputShape, biasAxes, ...options }, input) {
    const read = readEquation('einsumDense', equation, input.length + 1);
    const output = outputOf(read, outputShape, input);
    const sizeOf = (letter: string) => known('einsumDense', `entries along "${letter}" (in outputShape or in the input)`, read.y.includes(letter)
      ? output[read.y.indexOf(letter) - 1] : input[read.x.indexOf(letter) - 1], input);
    const missing = [...(biasAxes ?? '')].find((letter) => !read.y.includes(letter));
    if (missing) throw new ModelError('einsumDense', `biasAxes must be letters of the output "${read.y}", got "${missing}"`);
    const kernel = [...read.kernel];
    const product = (letters: readonly string[]) => letters.reduce((all, letter) => all * sizeOf(letter), 1);
    const fans = [product(kernel.filter((letter) => !read.y.includes(letter))), product(kernel.filter((letter) => read.y.includes(letter)))] as const;
    const biased = biasAxes ? [...read.y.slice(Math.min(...[...biasAxes].map((letter) => read.y.indexOf(letter))))] : [];
    return {
      output: activatedShape('einsumDense', options.activation, output),
      weights: {
        kernel: weight(kernel.map(sizeOf), asMatrix(options.kernelInitializer, ...fans), { regularizer: options.kernelRegularizer, constraint: options.kernelConstraint }),
        bias: biasAxes ? weight(biased.map((letter) => (biasAxes.includes(letter) ? sizeOf(letter) : 1)), options.biasInitializer,
          { regularizer: options.biasRegularizer, constraint: options.biasConstraint }) : undefined,
      },
    };
  },
  call(x, { options, weights: { kernel, bias } }) {
    const y = contract(readEquation('einsumDense', options.equation, x.rank), x, kernel);
    return activate(options.activation, bias ? tf.add(y, bias) : y);
  },
});

/** The sizes of `y` behind the batch: those given, and the input's where `null` or `...` is. */
function outputOf({ x, y }: Equation, given: readonly (number | null)[], input: Shape): Shape {
  const letters = [...y].slice(1);
  const open = letters.filter((letter) => /\d/.test(letter)).length;
  const whole = letters.map((letter, i) => {
    const own = /\d/.test(letter) ? null : (/\d/.test(letters.at(-1)!) ? given[i] : given[i - open]);
    return own ?? (x.includes(letter) ? input[x.indexOf(letter) - 1]! : null);
  });
  const clash = letters.findIndex((letter, i) => x.includes(letter) && whole[i] !== null && input[x.indexOf(letter) - 1] !== null && input[x.indexOf(letter) - 1] !== whole[i]);
  if (given.length !== letters.length - open || clash >= 0) {
    throw new ModelError('einsumDense', `outputShape must give the sizes of "${letters.filter((letter) => !/\d/.test(letter)).join('')}" behind the batch, with null for those of the input ${show(input)}, got ${show(given)}`);
  }
  return sized(...whole);
}
