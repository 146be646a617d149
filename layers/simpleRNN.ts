import { z } from 'zod';
import { activate } from '../src/core/activations.ts';
import { defineLayer, defineMerge, type Run } from '../src/core/defineLayer.ts';
import type { Held, WeightSpec } from '../src/core/weight.ts';
import { sized, type Shape } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { cellMasks, cellOptions, cellWeights, checkStates, passedOver, product } from './shared/recurrentCell.ts';
import { overTime, recurrenceOptions, recurrent, sequenceMask, type Step } from './shared/recurrence.ts';
import { wholeSequence } from './shared/wholeSequence.ts';

const options = z.strictObject(cellOptions);
type Options = z.output<typeof options>;
type Weights = { kernel: WeightSpec; recurrentKernel: WeightSpec; bias: WeightSpec | undefined };

const weights = (kind: string, given: Options, input: Shape) => cellWeights(kind, given, input, 1);

/** h′ = tanh(x W + h U + b). `x` is `[…, batch, features]`. */
function simpleStep({ weights: { kernel, recurrentKernel, bias }, ...run }: Pick<Run<Options, Weights>, 'options' | 'training' | 'random'> & { weights: Held<Weights> }, x: Tensor): { inputs: Tensor; step: Step } {
  const masks = cellMasks(run, x, 1);
  const projected = product(kernel, masks.input)(x);
  const fromState = product(recurrentKernel, masks.state);
  return {
    inputs: bias ? tf.add(projected, bias) : projected,
    step: ([input], [h]) => {
      const hidden = activate(run.options.activation, tf.add(input!, fromState(h!)));
      return [hidden, hidden];
    },
  };
}

/**
 * Fully connected recurrent layer: `[steps, features]` → `[units]`, or `[steps, units]` with `returnSequences`. Its state is
 * `[units]`: given by `simpleRNN(…)(x, { initialState: [h] })`, handed out with `returnState`.
 */
export const simpleRNN = defineLayer({
  kind: 'simpleRNN',
  keras: { name: 'SimpleRNN', ignore: passedOver, weights: 'cell' },
  options: options.extend(recurrenceOptions),
  rank: 2,
  mask: sequenceMask,
  build(given, input, place) {
    const state = sized(given.units);
    const { output, memory } = recurrent('simpleRNN', given, input, state, [state], place);
    return { output, weights: { ...weights('simpleRNN', given, input), ...memory } };
  },
  call(x, run) {
    const whole = wholeSequence('simpleRNN', x, 1, run.weights, run);
    if (whole) return whole;
    const { inputs, step } = simpleStep(run, tf.transpose(x, [1, 0, 2]));
    return overTime([inputs], step, [[run.options.units]], run);
  },
});

/** One step of a simple recurrent layer, for `rnn({ cell })`: `[x, h]` → `[h′, h′]`. */
export const simpleRNNCell = defineMerge({
  kind: 'simpleRNNCell',
  keras: { name: 'SimpleRNNCell', ignore: passedOver },
  options,
  rank: 1,
  states: ({ units }) => [sized(units)],
  build(given, [input, ...states]) {
    const state = sized(given.units);
    checkStates('simpleRNNCell', [state], states);
    return { output: [state, state], weights: weights('simpleRNNCell', given, input!) };
  },
  call([x, ...states], run) {
    const { inputs, step } = simpleStep(run, x!);
    return step([inputs], states);
  },
});
