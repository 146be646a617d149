import { z } from 'zod';
import { activate, activation } from '../src/core/activations.ts';
import { defineInitializer, initializer } from '../src/core/initializers.ts';
import { defineLayer, defineMerge, type Held, type Run, type WeightSpec } from '../src/core/layer.ts';
import { formulaOf } from '../src/core/part.ts';
import { sized, type Shape } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { activeGates, cellMasks, cellOptions, cellWeights, passedOver, product } from './shared/recurrentCell.ts';
import { overTime, recurrenceOptions, recurrent, sequenceMask, type Step } from './shared/recurrence.ts';

const options = z.strictObject({
  ...cellOptions,
  recurrentActivation: activation.default('sigmoid'),
  /** Starts the bias of the forget gate at 1. Jozefowicz et al., 2015. */
  unitForgetBias: z.boolean().default(true),
});
type Options = z.output<typeof options>;
type Weights = { kernel: WeightSpec; recurrentKernel: WeightSpec; bias: WeightSpec | undefined };

const forgetBias = defineInitializer({
  kind: 'forgetBias', options: z.strictObject({ start: initializer }),
  call: ({ start }) => (shape, seed) => {
    const units = shape[0]! / 4;
    return formulaOf(start)(shape, seed).fill(1, units, 2 * units);
  },
});

function lstmWeights(kind: string, given: Options, input: Shape): Weights {
  return cellWeights(kind, given.unitForgetBias ? { ...given, biasInitializer: forgetBias({ start: given.biasInitializer }) } : given, input, 4);
}

/** Gates come as Keras has them, i f c o; with the candidate c last, the three sigmoids are one operation. */
const candidateLast = (w: Tensor): Tensor => {
  const axis = w.rank - 1;
  const [i, f, c, o] = tf.split(w, 4, axis) as [Tensor, Tensor, Tensor, Tensor];
  return tf.concat([i, f, o, c], axis);
};

/**
 * c′ = f · c + i · g, h′ = o · tanh c′, where i, f, o and g are gates of x W + h U + b. Hochreiter and Schmidhuber, 1997.
 * `x` is `[…, batch, features]`.
 */
function lstmStep({ weights: { kernel, recurrentKernel, bias }, options: { units, ...how }, ...run }: Pick<Run<Options, Weights>, 'options' | 'training' | 'random'> & { weights: Held<Weights> }, x: Tensor): { inputs: Tensor; step: Step } {
  const masks = cellMasks({ options: { units, ...how }, ...run }, x, 4);
  const fromInput = product(candidateLast(kernel), masks.input)(x);
  const fromState = product(candidateLast(recurrentKernel), masks.state);
  return {
    inputs: bias ? tf.add(fromInput, candidateLast(bias)) : fromInput,
    step: ([input], [h, c]) => {
      const [gates, candidate] = tf.split(tf.add(input!, fromState(h!)), [3 * units, units], 1) as [Tensor, Tensor];
      const [i, f, o] = activeGates(how.recurrentActivation, gates, 3) as [Tensor, Tensor, Tensor];
      const cell = tf.add(tf.mul(f, c!), tf.mul(i, activate(how.activation, candidate)));
      const hidden = tf.mul(o, activate(how.activation, cell));
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
  states: ({ units }) => [sized(units), sized(units)],
  build: (given, [input]) => {
    const state = sized(given.units);
    return { output: [state, state, state], weights: lstmWeights('lstmCell', given, input!) };
  },
  call([x, ...states], run) {
    const { inputs, step } = lstmStep(run, x!);
    return step([inputs], states);
  },
});
