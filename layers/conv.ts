import { z } from 'zod';
import { activate, activatedShape, activation } from '../src/core/activations.ts';
import { ModelError } from '../src/core/errors.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { weight } from '../src/core/weight.ts';
import { tf } from '../src/core/tensor.ts';
import { convolve } from './shared/convolution.ts';
import { kernelAndBias } from './shared/kernelAndBias.ts';
import { known } from './shared/known.ts';
import { dataFormat, fromChannelsLast, spaceOf, spaceShape, toChannelsLast } from './shared/space.ts';
import { tuple } from './shared/tuple.ts';
import { checkSpread, places, type Padding } from './shared/window.ts';

const conv = <const K extends string, const P extends Padding>(kind: K, name: string, axes: 1 | 2 | 3, paddings: readonly P[]) => defineLayer({
  kind,
  keras: { name, ignore: ['lora_rank', 'lora_alpha'] },
  options: z.strictObject({
    filters: z.int().positive(),
    kernelSize: tuple(axes),
    strides: tuple(axes).prefault(1),
    padding: z.enum(paddings).prefault('valid' as P),
    dataFormat,
    dilationRate: tuple(axes).prefault(1),
    groups: z.int().positive().default(1),
    activation: activation.default('linear'),
    useBias: z.boolean().default(true),
    ...kernelAndBias,
  }),
  rank: axes + 1,
  build({ filters, kernelSize, groups, strides, dilationRate, ...options }, input) {
    const { space, channels } = spaceOf(input, options.dataFormat);
    const depth = known(kind, 'channels', channels, input);
    if (depth % groups !== 0) throw new ModelError(kind, `groups must divide the ${depth} channels of its input, got ${groups}; take a divisor of ${depth}`);
    if (filters % groups !== 0) throw new ModelError(kind, `groups must divide the ${filters} filters, got ${groups}; take a multiple of ${groups} filters`);
    checkSpread(kind, strides, dilationRate);
    const moved = places(kind, space, { noun: 'kernel', option: 'kernelSize', size: kernelSize, strides, dilationRate, padding: options.padding });
    return {
      output: activatedShape(kind, options.activation, spaceShape(moved, filters, options.dataFormat)),
      weights: {
        kernel: weight([...kernelSize, depth / groups, filters], options.kernelInitializer, { regularizer: options.kernelRegularizer, constraint: options.kernelConstraint }),
        bias: options.useBias ? weight([filters], options.biasInitializer, { regularizer: options.biasRegularizer, constraint: options.biasConstraint }) : undefined,
      },
    };
  },
  call(x, { options, weights: { kernel, bias } }) {
    const y = convolve(toChannelsLast(x, options.dataFormat), kernel, options.groups, options);
    return activate(options.activation, fromChannelsLast(bias ? tf.add(y, bias) : y, options.dataFormat));
  },
});

/** Slides `filters` kernels along a sequence: `[steps, channels]` → `[newSteps, filters]`. With `causal` padding no step sees a later one. */
export const conv1d = conv('conv1d', 'Conv1D', 1, ['valid', 'same', 'causal']);
/** Slides `filters` kernels over images: `[height, width, channels]` → `[newHeight, newWidth, filters]`. */
export const conv2d = conv('conv2d', 'Conv2D', 2, ['valid', 'same']);
/** Slides `filters` kernels through volumes: `[depth, height, width, channels]` → `[newDepth, newHeight, newWidth, filters]`. */
export const conv3d = conv('conv3d', 'Conv3D', 3, ['valid', 'same']);
