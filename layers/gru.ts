import { z } from 'zod';
import { activate, activation } from '../src/core/activations.ts';
import { defineLayer, defineMerge, type Run } from '../src/core/defineLayer.ts';
import type { Held, WeightSpec } from '../src/core/weight.ts';
import { sized, type Shape } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { activeGates, cellMasks, cellOptions, cellWeights, checkStates, passedOver, product } from './shared/recurrentCell.ts';
import { overTime, recurrenceOptions, recurrent, sequenceMask, type Step } from './shared/recurrence.ts';
import { wholeSequence } from './shared/wholeSequence.ts';

const options = z.strictObject({
  ...cellOptions,
  recurrentActivation: activation.default('sigmoid'),
  /** Whether the reset gate comes after the product with the state, with a bias of its own there, or before it. */
  resetAfter: z.boolean().default(true),
});
type Options = z.output<typeof options>;
type Weights = { kernel: WeightSpec; recurrentKernel: WeightSpec; bias: WeightSpec | undefined };

const gruWeights = (kind: string, given: Options, input: Shape) =>
  cellWeights(kind, given, input, 3, given.resetAfter ? [2, 3 * given.units] : undefined);

type Split = (x: Tensor) => [gates: Tensor, candidate: Tensor];
const splitAt = (units: number): Split => (x) => tf.split(x, [2 * units, units], x.rank - 1) as [Tensor, Tensor];

/** The share of the state in the gates z and r, and in the candidate once r is known. */
function stateProducts({ resetAfter, units }: Options, recurrentKernel: Tensor, bias: Tensor | undefined, masks: Tensor | undefined) {
  const split = splitAt(units);
  if (resetAfter) {
    const all = product(recurrentKernel, masks);
    return (h: Tensor) => {
      const [gates, candidate] = split(bias ? tf.add(all(h), bias) : all(h));
      return { gates, candidate: (r: Tensor) => tf.mul(r, candidate) };
    };
  }
  const [gateKernel, candidateKernel] = split(recurrentKernel);
  const [gateMasks, candidateMask] = masks ? [tf.slice(masks, 0, 2), tf.squeeze(tf.slice(masks, 2, 1), [0])] : [];
  const [gates, candidate] = [product(gateKernel, gateMasks), product(candidateKernel, candidateMask)];
  return (h: Tensor) => ({ gates: gates(h), candidate: (r: Tensor) => candidate(tf.mul(r, h)) });
}

/** h′ = z · h + (1 − z) · h̃ with gates z (update) and r (reset). Cho et al., 2014. `x` is `[…, batch, features]`. */
function gruStep({ weights: { kernel, recurrentKernel, bias }, ...run }: Pick<Run<Options, Weights>, 'options' | 'training' | 'random'> & { weights: Held<Weights> }, x: Tensor): { inputs: readonly Tensor[]; step: Step } {
  const { activation: how, recurrentActivation, resetAfter, units } = run.options;
  const masks = cellMasks(run, x, 3);
  const [inputBias, stateBias] = bias && resetAfter ? tf.unstack(bias) : [bias, undefined];
  const projected = product(kernel, masks.input)(x);
  const fromState = stateProducts(run.options, recurrentKernel, stateBias, masks.state);
  return {
    inputs: splitAt(units)(inputBias ? tf.add(projected, inputBias) : projected),
    step: ([inputGates, inputCandidate], [h]) => {
      const { gates, candidate } = fromState(h!);
      const [update, reset] = activeGates(recurrentActivation, tf.add(inputGates!, gates), 2) as [Tensor, Tensor];
      const next = activate(how, tf.add(inputCandidate!, candidate(reset)));
      const hidden = tf.add(next, tf.mul(update, tf.sub(h!, next)));
      return [hidden, hidden];
    },
  };
}

/** The bias in two: of the products with the input, and of those with the state, which there always is. */
function resetAfterWeights({ kernel, recurrentKernel, bias }: Held<Weights>) {
  const [inputBias, stateBias] = bias ? tf.unstack(bias) : [];
  return { kernel, recurrentKernel, bias: inputBias, stateBias: stateBias ?? tf.zeros([recurrentKernel.shape[1]!]) };
}

/**
 * Gated recurrent unit: `[steps, features]` → `[units]`, or `[steps, units]` with `returnSequences`. Its state is `[units]`: given by
 * `gru(…)(x, { initialState: [h] })`, handed out with `returnState`.
 */
export const gru = defineLayer({
  kind: 'gru',
  keras: { name: 'GRU', ignore: passedOver, weights: 'cell' },
  options: options.extend(recurrenceOptions),
  rank: 2,
  mask: sequenceMask,
  build(given, input, place) {
    const state = sized(given.units);
    const { output, memory } = recurrent('gru', given, input, state, [state], place);
    return { output, weights: { ...gruWeights('gru', given, input), ...memory } };
  },
  call(x, run) {
    const whole = run.options.resetAfter ? wholeSequence('gru', x, 1, resetAfterWeights(run.weights), run) : wholeSequence('gruResetFirst', x, 1, run.weights, run);
    if (whole) return whole;
    const { inputs, step } = gruStep(run, tf.transpose(x, [1, 0, 2]));
    return overTime(inputs, step, [[run.options.units]], run);
  },
});

/** One step of a GRU, for `rnn({ cell })`: `[x, h]` → `[h′, h′]`. */
export const gruCell = defineMerge({
  kind: 'gruCell',
  keras: { name: 'GRUCell', ignore: passedOver },
  options,
  rank: 1,
  states: ({ units }) => [sized(units)],
  build(given, [input, ...states]) {
    const state = sized(given.units);
    checkStates('gruCell', [state], states);
    return { output: [state, state], weights: gruWeights('gruCell', given, input!) };
  },
  call([x, ...states], run) {
    const { inputs, step } = gruStep(run, x!);
    return step(inputs, states);
  },
});
