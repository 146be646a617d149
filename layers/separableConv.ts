import { z } from 'zod';
import { activate, activatedShape, activation } from '../src/core/activations.ts';
import { constraint } from '../src/core/constraints.ts';
import { initializer } from '../src/core/initializers.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { weight } from '../src/core/weight.ts';
import { regularizer } from '../src/core/regularizers.ts';
import { tf } from '../src/core/tensor.ts';
import { convolve, depthwise } from './shared/convolution.ts';
import { known } from './shared/known.ts';
import { dataFormat, fromChannelsLast, spaceOf, spaceShape, toChannelsLast } from './shared/space.ts';
import { tuple } from './shared/tuple.ts';
import { evenStrides, places } from './shared/window.ts';

const separableConv = <const K extends string>(kind: K, name: string, axes: 1 | 2) => defineLayer({
  kind,
  keras: { name },
  options: z.strictObject({
    filters: z.int().positive(),
    kernelSize: tuple(axes),
    strides: evenStrides(axes),
    padding: z.enum(['valid', 'same']).default('valid'),
    dataFormat,
    dilationRate: tuple(axes).prefault(1),
    depthMultiplier: z.int().positive().default(1),
    activation: activation.default('linear'),
    useBias: z.boolean().default(true),
    depthwiseInitializer: initializer.prefault('glorotUniform'),
    pointwiseInitializer: initializer.prefault('glorotUniform'),
    biasInitializer: initializer.prefault('zeros'),
    depthwiseRegularizer: regularizer,
    pointwiseRegularizer: regularizer,
    biasRegularizer: regularizer,
    depthwiseConstraint: constraint,
    pointwiseConstraint: constraint,
    biasConstraint: constraint,
  }),
  rank: axes + 1,
  build({ filters, kernelSize, strides, dilationRate, depthMultiplier, ...options }, input) {
    const { space, channels } = spaceOf(input, options.dataFormat);
    const depth = known(kind, 'channels', channels, input);
    const moved = places(kind, space, { noun: 'kernel', option: 'kernelSize', size: kernelSize, strides, dilationRate, padding: options.padding });
    return {
      output: activatedShape(kind, options.activation, spaceShape(moved, filters, options.dataFormat)),
      weights: {
        depthwiseKernel: weight([...kernelSize, depth, depthMultiplier], options.depthwiseInitializer,
          { regularizer: options.depthwiseRegularizer, constraint: options.depthwiseConstraint }),
        pointwiseKernel: weight([...kernelSize.map(() => 1), depth * depthMultiplier, filters], options.pointwiseInitializer,
          { regularizer: options.pointwiseRegularizer, constraint: options.pointwiseConstraint }),
        bias: options.useBias ? weight([filters], options.biasInitializer, { regularizer: options.biasRegularizer, constraint: options.biasConstraint }) : undefined,
      },
    };
  },
  call(x, { options, weights: { depthwiseKernel, pointwiseKernel, bias } }) {
    const alone = options.kernelSize.map(() => 1);
    const channels = depthwise(toChannelsLast(x, options.dataFormat), depthwiseKernel, options);
    const y = convolve(channels, pointwiseKernel, 1, { strides: alone, dilationRate: alone, padding: 'valid' });
    return activate(options.activation, fromChannelsLast(bias ? tf.add(y, bias) : y, options.dataFormat));
  },
});

/** A depthwise convolution of a sequence, whose channels are then mixed at each step: `[steps, channels]` → `[newSteps, filters]`. Chollet, 2017. */
export const separableConv1d = separableConv('separableConv1d', 'SeparableConv1D', 1);
/** A depthwise convolution of an image, whose channels are then mixed at each point: `[height, width, channels]` → `[newHeight, newWidth, filters]`. Chollet, 2017. */
export const separableConv2d = separableConv('separableConv2d', 'SeparableConv2D', 2);
