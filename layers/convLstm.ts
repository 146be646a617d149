import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineLayer, type Run } from '../src/core/defineLayer.ts';
import { weight, type Held, type WeightSpec } from '../src/core/weight.ts';
import { sized, type Shape } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { convolve, type Sliding } from './shared/convolution.ts';
import { dropoutMask } from './shared/dropoutMask.ts';
import { known } from './shared/known.ts';
import { biasStart, candidateLast, gateOptions, nextStates } from './shared/lstmGates.ts';
import { kernelOptions, passedOver } from './shared/recurrentCell.ts';
import { overTime, recurrenceOptions, recurrent, sequenceMask, type Step } from './shared/recurrence.ts';
import { dataFormat, fromChannelsLast, spaceOf, spaceShape, toChannelsLast } from './shared/space.ts';
import { tuple } from './shared/tuple.ts';
import { places } from './shared/window.ts';

const optionsFor = (axes: number) => z.strictObject({
  filters: z.int().positive(),
  kernelSize: tuple(axes),
  strides: tuple(axes).prefault(1),
  padding: z.enum(['valid', 'same']).default('valid'),
  dataFormat,
  dilationRate: tuple(axes).prefault(1),
  ...kernelOptions, ...gateOptions, ...recurrenceOptions,
});
type Options = z.output<ReturnType<typeof optionsFor>>;
type Weights = { kernel: WeightSpec; recurrentKernel: WeightSpec; bias: WeightSpec | undefined };

/** Shape of output and states for one step's. */
function stateShape(kind: string, options: Options, step: Shape): Shape {
  if (Math.max(...options.strides) > 1 && Math.max(...options.dilationRate) > 1) throw new ModelError(kind, 'takes strides or a dilationRate over 1, not both; leave one at 1');
  const { space } = spaceOf(step, options.dataFormat);
  const { kernelSize: size, strides, dilationRate, padding } = options;
  return spaceShape(places(kind, space, { noun: 'kernel', option: 'kernelSize', size, strides, dilationRate, padding }), options.filters, options.dataFormat);
}

/** A convolution that makes all gates at once; with dropout masks, `[4, …]`, each gate from what its own mask leaves. */
function gates(kernel: Tensor, masks: Tensor | undefined, sliding: Sliding): (x: Tensor) => Tensor {
  const ordered = candidateLast(kernel);
  if (!masks) return (x) => convolve(x, ordered, 1, sliding);
  const [kernels, parts] = [tf.split(ordered, 4, ordered.rank - 1), tf.unstack(masks)];
  return (x) => tf.concat(kernels.map((each, i) => convolve(tf.mul(x, parts[i]!), each, 1, sliding)), x.rank - 1);
}

/** Gates are x ∗ W + h ∗ U + b. Shi et al., 2015. `x` is `[steps, batch, …]`. */
function convLstmStep({ options, weights: { kernel, recurrentKernel, bias }, training, random }: Run<Options, Weights> & { weights: Held<Weights> }, x: Tensor): { inputs: Tensor; step: Step } {
  const { dataFormat: format, strides, dilationRate, padding, seed } = options;
  const [steps, batch, ...sizes] = x.shape as [number, number, ...number[]];
  const draw = (rate: number, shape: readonly number[]) => (training && rate > 0 && rate < 1 ? dropoutMask(random, rate, [4, ...shape], seed) : undefined);

  const frames = toChannelsLast(tf.reshape(x, [steps * batch, ...sizes]), format);
  const dropped = draw(options.dropout, [batch, ...frames.shape.slice(1)]);
  // One mask for all steps of an example; the steps of all examples lie one behind the other.
  const masks = dropped && tf.tile(dropped, [1, steps, ...frames.shape.slice(1).fill(1)]);
  const convolved = gates(kernel, masks, { strides, dilationRate, padding })(frames);
  const inputs = fromChannelsLast(bias ? tf.add(convolved, candidateLast(bias)) : convolved, format);

  const still: Sliding = { strides: strides.map(() => 1), dilationRate: strides.map(() => 1), padding: 'same' };
  const stateSizes = [batch, ...convolved.shape.slice(1, -1), options.filters];
  const fromState = gates(recurrentKernel, draw(options.recurrentDropout, stateSizes), still);
  return {
    inputs: tf.reshape(inputs, [steps, batch, ...inputs.shape.slice(1)]),
    step: ([input], [h, c]) => {
      const all = tf.add(input!, fromChannelsLast(fromState(toChannelsLast(h!, format)), format));
      const [hidden, cell] = nextStates(all, c!, options, format === 'channelsFirst' ? 1 : all.rank - 1);
      return [hidden, hidden, cell];
    },
  };
}

const define = <const K extends string>(kind: K, axes: number) => defineLayer({
  kind,
  keras: { name: `ConvLSTM${axes}D`, ignore: passedOver, weights: 'cell' },
  options: optionsFor(axes),
  rank: axes + 2,
  mask: sequenceMask,
  build(options, input, place) {
    const step = sized(...input.slice(1));
    const channels = known(kind, 'channels', spaceOf(step, options.dataFormat).channels, step);
    const state = stateShape(kind, options, step);
    if (options.stateful) state.forEach((size) => known(kind, 'pixels', size, input));
    const { output, memory } = recurrent(kind, options, input, state, [state, state], place);
    const wide = 4 * options.filters;
    return {
      output,
      weights: {
        kernel: weight([...options.kernelSize, channels, wide], options.kernelInitializer, { regularizer: options.kernelRegularizer, constraint: options.kernelConstraint }),
        recurrentKernel: weight([...options.kernelSize, options.filters, wide], options.recurrentInitializer, { regularizer: options.recurrentRegularizer, constraint: options.recurrentConstraint }),
        bias: options.useBias ? weight([wide], biasStart(options), { regularizer: options.biasRegularizer, constraint: options.biasConstraint }) : undefined,
        ...memory,
      },
    };
  },
  call(x, run) {
    const { inputs, step } = convLstmStep(run, tf.transpose(x, [1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]));
    const { dataFormat: format, filters } = run.options;
    const channels = format === 'channelsFirst' ? 2 : inputs.rank - 1;
    const state = inputs.shape.map((n, i) => (i === channels ? filters : n)).slice(2);
    return overTime([inputs], step, [state, state], run);
  },
});

/**
 * An LSTM whose products are convolutions: `[steps, length, channels]` → `[length, filters]`, or `[steps, length, filters]` with `returnSequences`.
 * States are `[h, c]`, both of the output's shape, given and handed out as those of `lstm`. Shi et al., 2015.
 */
export const convLstm1d = define('convLstm1d', 1);
/** As `convLstm1d`, over images: `[steps, height, width, channels]`. */
export const convLstm2d = define('convLstm2d', 2);
/** As `convLstm1d`, over volumes: `[steps, depth, height, width, channels]`. */
export const convLstm3d = define('convLstm3d', 3);
