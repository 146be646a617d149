/** One step of a recurrent cell, and back through it, in TensorFlow's operations; gates in Keras's order. Tensors are `[batch, units]`, or several such side by side. */
import { tf, type Tensor } from '../../../core/tensor.ts';
import { runOp } from '../ops.ts';

export interface Cell {
  /** How many gates there are products with the input for. */
  readonly gates: number;
  /** How many tensors it keeps of a step for the way back. */
  readonly keeps: number;
  /** @param products - with the state, bias added */
  forward(x: Tensor, products: Tensor, states: readonly Tensor[]): { readonly states: readonly [h: Tensor, ...rest: Tensor[]]; readonly kept: readonly Tensor[] };
  /**
   * @param dStates - what flows back to the states after the step
   * @param kept - what the way forward kept
   * @param states - those before the step
   * @returns what flows to the products with the input and with the state, and to the states before past those; `undefined` for nothing
   */
  back(dStates: readonly Tensor[], kept: readonly Tensor[], states: readonly Tensor[]): { readonly dx: Tensor; readonly dProducts: Tensor; readonly past: readonly (Tensor | undefined)[] };
}

const slope = (op: 'SigmoidGrad' | 'TanhGrad') => (y: Tensor, dy: Tensor): Tensor => runOp(op, [y, dy], { T: { type: 'float32' } });
const sigmoidBack = slope('SigmoidGrad');
const tanhBack = slope('TanhGrad');

const lstm: Cell = {
  gates: 4,
  keeps: 5,
  forward(x, products, [, c]) {
    const [first, second, third, fourth] = tf.split(tf.add(x, products), 4, 1) as [Tensor, Tensor, Tensor, Tensor];
    const [i, f, g, o] = [tf.sigmoid(first), tf.sigmoid(second), tf.tanh(third), tf.sigmoid(fourth)];
    const next = tf.add(tf.mul(f, c!), tf.mul(i, g));
    const tangent = tf.tanh(next);
    return { states: [tf.mul(o, tangent), next], kept: [i, f, g, o, tangent] };
  },
  back([dh, dc], kept, [, c]) {
    const [i, f, g, o, tangent] = kept as [Tensor, Tensor, Tensor, Tensor, Tensor];
    const toCell = tf.add(dc!, tanhBack(tangent, tf.mul(dh!, o)));
    const dx = tf.concat([sigmoidBack(i, tf.mul(toCell, g)), sigmoidBack(f, tf.mul(toCell, c!)), tanhBack(g, tf.mul(toCell, i)), sigmoidBack(o, tf.mul(dh!, tangent))], 1);
    return { dx, dProducts: dx, past: [undefined, tf.mul(toCell, f)] };
  },
};

/** Its reset gate comes after the product with the state. */
const gru: Cell = {
  gates: 3,
  keeps: 6,
  forward(x, products, [h]) {
    const units = h!.shape[1]!;
    const apart = (all: Tensor) => tf.split(all, [2 * units, units], 1) as [Tensor, Tensor];
    const [toGates, toCandidate] = apart(x);
    const [fromState, product] = apart(products);
    const gates = tf.sigmoid(tf.add(toGates, fromState));
    const [z, r] = tf.split(gates, 2, 1) as [Tensor, Tensor];
    const candidate = tf.tanh(tf.add(toCandidate, tf.mul(r, product)));
    const difference = tf.sub(h!, candidate);
    return { states: [tf.add(candidate, tf.mul(z, difference))], kept: [gates, z, r, candidate, product, difference] };
  },
  back([dh], kept) {
    const [gates, z, r, candidate, product, difference] = kept as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    const past = tf.mul(dh!, z);
    const toCandidate = tanhBack(candidate, tf.sub(dh!, past));
    const toGates = sigmoidBack(gates, tf.concat([tf.mul(dh!, difference), tf.mul(toCandidate, product)], 1));
    return { dx: tf.concat([toGates, toCandidate], 1), dProducts: tf.concat([toGates, tf.mul(toCandidate, r)], 1), past: [past] };
  },
};

const simpleRNN: Cell = {
  gates: 1,
  keeps: 1,
  forward(x, products) {
    const h = tf.tanh(tf.add(x, products));
    return { states: [h], kept: [h] };
  },
  back([dh], [h]) {
    const dx = tanhBack(h!, dh!);
    return { dx, dProducts: dx, past: [undefined] };
  },
};

/** By the names that their kernels begin with. */
export const cells: Readonly<Record<string, Cell>> = { LSTM: lstm, GRU: gru, SimpleRNN: simpleRNN };
