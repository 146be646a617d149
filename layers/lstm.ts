import { z } from 'zod';
import { defineLayer, defineMerge, type Run } from '../src/core/defineLayer.ts';
import type { Held, WeightSpec } from '../src/core/weight.ts';
import { sized, type Shape } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { biasStart, candidateLast, gateOptions, nextStates } from './shared/lstmGates.ts';
import { cellMasks, cellOptions, cellWeights, checkStates, passedOver, product } from './shared/recurrentCell.ts';
import { overTime, recurrenceOptions, recurrent, sequenceMask, type Step } from './shared/recurrence.ts';
import { wholeSequence } from './shared/wholeSequence.ts';

const options = z.strictObject({ ...cellOptions, ...gateOptions });
type Options = z.output<typeof options>;
type Weights = { kernel: WeightSpec; recurrentKernel: WeightSpec; bias: WeightSpec | undefined };

const lstmWeights = (kind: string, given: Options, input: Shape): Weights => cellWeights(kind, { ...given, biasInitializer: biasStart(given) }, input, 4);

/** Gates are x W + h U + b. Hochreiter and Schmidhuber, 1997. `x` is `[…, batch, features]`. */
function lstmStep({ weights: { kernel, recurrentKernel, bias }, ...run }: Pick<Run<Options, Weights>, 'options' | 'training' | 'random'> & { weights: Held<Weights> }, x: Tensor): { inputs: Tensor; step: Step } {
  const masks = cellMasks(run, x, 4);
  const fromInput = product(candidateLast(kernel), masks.input)(x);
  const fromState = product(candidateLast(recurrentKernel), masks.state);
  return {
    inputs: bias ? tf.add(fromInput, candidateLast(bias)) : fromInput,
    step: ([input], [h, c]) => {
      const [hidden, cell] = nextStates(tf.add(input!, fromState(h!)), c!, run.options);
      return [hidden, hidden, cell];
    },
  };
}

/**
 * Long short-term memory: `[steps, features]` → `[units]`, or `[steps, units]` with `returnSequences`. States are `[h, c]`, each
 * `[units]`: given by `lstm(…)(x, { initialState: [h, c] })`, handed out with `returnState`.
 */
export const lstm = defineLayer({
  kind: 'lstm',
  keras: { name: 'LSTM', ignore: passedOver, weights: 'cell' },
  options: options.extend(recurrenceOptions),
  rank: 2,
  mask: sequenceMask,
  build(given, input, place) {
    const state = sized(given.units);
    const { output, memory } = recurrent('lstm', given, input, state, [state, state], place);
    return { output, weights: { ...lstmWeights('lstm', given, input), ...memory } };
  },
  call(x, run) {
    const whole = wholeSequence('lstm', x, 2, run.weights, run);
    if (whole) return whole;
    const { inputs, step } = lstmStep(run, tf.transpose(x, [1, 0, 2]));
    const { units } = run.options;
    return overTime([inputs], step, [[units], [units]], run);
  },
});

/** One step of an LSTM, for `rnn({ cell })`: `[x, h, c]` → `[h′, h′, c′]`. */
export const lstmCell = defineMerge({
  kind: 'lstmCell',
  keras: { name: 'LSTMCell', ignore: passedOver },
  options,
  rank: 1,
  states: ({ units }) => [sized(units), sized(units)],
  build(given, [input, ...states]) {
    const state = sized(given.units);
    checkStates('lstmCell', [state, state], states);
    return { output: [state, state, state], weights: lstmWeights('lstmCell', given, input!) };
  },
  call([x, ...states], run) {
    const { inputs, step } = lstmStep(run, x!);
    return step([inputs], states);
  },
});
