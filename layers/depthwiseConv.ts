import { z } from 'zod';
import { activate, activatedShape, activation } from '../src/core/activations.ts';
import { constraint } from '../src/core/constraints.ts';
import { initializer } from '../src/core/initializers.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { weight } from '../src/core/weight.ts';
import { regularizer } from '../src/core/regularizers.ts';
import { tf } from '../src/core/tensor.ts';
import { depthwise } from './shared/convolution.ts';
import { known } from './shared/known.ts';
import { dataFormat, fromChannelsLast, spaceOf, spaceShape, toChannelsLast } from './shared/space.ts';
import { tuple } from './shared/tuple.ts';
import { evenStrides, places } from './shared/window.ts';

const depthwiseConv = <const K extends string>(kind: K, name: string, axes: 1 | 2) => defineLayer({
  kind,
  keras: { name },
  options: z.strictObject({
    kernelSize: tuple(axes),
    strides: evenStrides(axes),
    padding: z.enum(['valid', 'same']).default('valid'),
    depthMultiplier: z.int().positive().default(1),
    dataFormat,
    dilationRate: tuple(axes).prefault(1),
    activation: activation.default('linear'),
    useBias: z.boolean().default(true),
    depthwiseInitializer: initializer.prefault('glorotUniform'),
    biasInitializer: initializer.prefault('zeros'),
    depthwiseRegularizer: regularizer,
    biasRegularizer: regularizer,
    depthwiseConstraint: constraint,
    biasConstraint: constraint,
  }),
  rank: axes + 1,
  build({ kernelSize, strides, dilationRate, depthMultiplier, ...options }, input) {
    const { space, channels } = spaceOf(input, options.dataFormat);
    const depth = known(kind, 'channels', channels, input);
    const filters = depth * depthMultiplier;
    const moved = places(kind, space, { noun: 'kernel', option: 'kernelSize', size: kernelSize, strides, dilationRate, padding: options.padding });
    return {
      output: activatedShape(kind, options.activation, spaceShape(moved, filters, options.dataFormat)),
      weights: {
        kernel: weight([...kernelSize, depth, depthMultiplier], options.depthwiseInitializer, { regularizer: options.depthwiseRegularizer, constraint: options.depthwiseConstraint }),
        bias: options.useBias ? weight([filters], options.biasInitializer, { regularizer: options.biasRegularizer, constraint: options.biasConstraint }) : undefined,
      },
    };
  },
  call(x, { options, weights: { kernel, bias } }) {
    const y = depthwise(toChannelsLast(x, options.dataFormat), kernel, options);
    return activate(options.activation, fromChannelsLast(bias ? tf.add(y, bias) : y, options.dataFormat));
  },
});

/** Slides `depthMultiplier` kernels along each channel of a sequence by itself: `[steps, channels]` → `[newSteps, channels · depthMultiplier]`. */
export const depthwiseConv1d = depthwiseConv('depthwiseConv1d', 'DepthwiseConv1D', 1);
/** Slides `depthMultiplier` kernels over each channel of an image by itself: `[height, width, channels]` → `[newHeight, newWidth, channels · depthMultiplier]`. */
export const depthwiseConv2d = depthwiseConv('depthwiseConv2d', 'DepthwiseConv2D', 2);
