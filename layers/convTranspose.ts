import { z } from 'zod';
import { activate, activatedShape, activation } from '../src/core/activations.ts';
import { ModelError } from '../src/core/errors.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { weight } from '../src/core/weight.ts';
import { tf } from '../src/core/tensor.ts';
import { kernelAndBias } from './shared/kernelAndBias.ts';
import { known } from './shared/known.ts';
import { dataFormat, fromChannelsLast, spaceOf, spaceShape, toChannelsLast } from './shared/space.ts';
import { spreadLength, transposed } from './shared/transposedConvolution.ts';
import { tuple } from './shared/tuple.ts';
import { checkSpread } from './shared/window.ts';

const convTranspose = <const K extends string>(kind: K, name: string, axes: 1 | 2 | 3) => defineLayer({
  kind,
  keras: { name },
  options: z.strictObject({
    filters: z.int().positive(),
    kernelSize: tuple(axes),
    strides: tuple(axes).prefault(1),
    padding: z.enum(['valid', 'same']).default('valid'),
    /** What is added at the end of each axis, for several lengths lead to the same one when they are strided over. */
    outputPadding: tuple(axes, 0).nullable().default(null),
    dataFormat,
    dilationRate: tuple(axes).prefault(1),
    activation: activation.default('linear'),
    useBias: z.boolean().default(true),
    ...kernelAndBias,
  }),
  rank: axes + 1,
  build({ filters, kernelSize, strides, dilationRate, outputPadding, ...options }, input) {
    const { space, channels } = spaceOf(input, options.dataFormat);
    const depth = known(kind, 'channels', channels, input);
    checkSpread(kind, strides, dilationRate);
    const wrong = outputPadding?.findIndex((n, i) => n >= strides[i]! || (options.padding === 'same' && n === 0 && kernelSize[i]! % 2 === 0)) ?? -1;
    if (wrong >= 0) {
      throw new ModelError(kind, `outputPadding must be less than the stride${options.padding === 'same' ? ' and, for an even kernel with padding "same", at least 1' : ''}, but along axis ${wrong + 1} it is ${outputPadding![wrong]} for a stride of ${strides[wrong]} and a kernel of ${kernelSize[wrong]}; leave it out, or change one of them`);
    }
    const grown = space.map((length, i) => (length === null ? null
      : spreadLength(length, { size: kernelSize[i]!, stride: strides[i]!, dilation: dilationRate[i]!, padding: options.padding, extra: outputPadding?.[i] })));
    return {
      output: activatedShape(kind, options.activation, spaceShape(grown, filters, options.dataFormat)),
      weights: {
        kernel: weight([...kernelSize, filters, depth], options.kernelInitializer, { regularizer: options.kernelRegularizer, constraint: options.kernelConstraint }),
        bias: options.useBias ? weight([filters], options.biasInitializer, { regularizer: options.biasRegularizer, constraint: options.biasConstraint }) : undefined,
      },
    };
  },
  call(x, { options, weights: { kernel, bias } }) {
    const y = transposed(toChannelsLast(x, options.dataFormat), kernel, options);
    return activate(options.activation, fromChannelsLast(bias ? tf.add(y, bias) : y, options.dataFormat));
  },
});

/** What undoes the shapes of a `conv1d` with the same options, with weights of its own: `[steps, channels]` → `[moreSteps, filters]`. */
export const conv1dTranspose = convTranspose('conv1dTranspose', 'Conv1DTranspose', 1);
/** What undoes the shapes of a `conv2d` with the same options, with weights of its own: `[height, width, channels]` → `[newHeight, newWidth, filters]`. */
export const conv2dTranspose = convTranspose('conv2dTranspose', 'Conv2DTranspose', 2);
/** What undoes the shapes of a `conv3d` with the same options, with weights of its own: `[depth, height, width, channels]`. */
export const conv3dTranspose = convTranspose('conv3dTranspose', 'Conv3DTranspose', 3);
