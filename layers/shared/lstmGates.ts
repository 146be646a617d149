/** The gates of LSTM cells, of dense layers and of convolutions alike. */
import { z } from 'zod';
import { activate, activation, type Activation } from '../../src/core/activations.ts';
import { defineInitializer, initializer, type Initializer } from '../../src/core/initializers.ts';
import { formulaOf } from '../../src/core/part.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { activeGates } from './recurrentCell.ts';

export const gateOptions = {
  recurrentActivation: activation.default('sigmoid'),
  /** Starts the bias of the forget gate at 1. Jozefowicz et al., 2015. */
  unitForgetBias: z.boolean().default(true),
};

const forgetBias = defineInitializer({
  kind: 'forgetBias', options: z.strictObject({ start: initializer }),
  call: ({ start }) => (shape, seed) => {
    const units = shape[0]! / 4;
    return formulaOf(start)(shape, seed).fill(1, units, 2 * units);
  },
});

/** How the bias of all gates starts. */
export const biasStart = ({ biasInitializer, unitForgetBias }: { readonly biasInitializer: Initializer; readonly unitForgetBias: boolean }): Initializer =>
  (unitForgetBias ? forgetBias({ start: biasInitializer }) : biasInitializer);

/** Gates come as Keras has them, i f c o along the last axis; with the candidate c last, the three sigmoids are one operation. */
export const candidateLast = (w: Tensor): Tensor => {
  const axis = w.rank - 1;
  const [i, f, c, o] = tf.split(w, 4, axis) as [Tensor, Tensor, Tensor, Tensor];
  return tf.concat([i, f, o, c], axis);
};

/** c′ = f · c + i · g, h′ = o · tanh c′, with the gates i, f, o and the candidate g before their activation side by side in `gates`. */
export function nextStates(gates: Tensor, c: Tensor, how: { readonly activation: Activation; readonly recurrentActivation: Activation }, axis = 1): readonly [hidden: Tensor, cell: Tensor] {
  const units = gates.shape[axis]! / 4;
  const [three, candidate] = tf.split(gates, [3 * units, units], axis) as [Tensor, Tensor];
  const [i, f, o] = activeGates(how.recurrentActivation, three, 3, axis) as [Tensor, Tensor, Tensor];
  const cell = tf.add(tf.mul(f, c), tf.mul(i, activate(how.activation, candidate)));
  return [tf.mul(o, activate(how.activation, cell)), cell];
}
