/**
 * Recurrent layers over whole sequences: a step is a handful of TensorFlow's operations, and what flows back to the weights is one product over all steps.
 * (`BlockLSTMV2` takes half as long again: it repeats the products with the input at each step, and multiplies without oneDNN.)
 */
import type { SequenceAttributes } from '../../../core/sequence.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import { cells, type Cell } from './recurrentCells.ts';
import { register } from './register.ts';

type Inputs = Readonly<Record<string, Tensor>>;

const statesOf = ({ state0, state1 }: Inputs): Tensor[] => [state0!, ...(state1 ? [state1] : [])];

/** A mask as the steps need it: for each in the order of the walk, where it counts, as large as a state. */
interface Steps { readonly counts: readonly Tensor[]; /** By what the outputs are multiplied, `[batch, steps, 1]`. */ readonly shown: Tensor }

function stepsOf(mask: Tensor | undefined, units: number, { goBackwards, zeroOutputForMask }: SequenceAttributes): Steps | undefined {
  if (!mask) return undefined;
  const walked = goBackwards ? tf.reverse(mask, 1) : mask;
  const counts = tf.unstack(tf.tile(tf.expandDims(tf.transpose(walked), 2), [1, 1, units]));
  const numbers = tf.cast(walked, 'float32');
  // Up to the first step that counts there is no output to repeat.
  return { counts, shown: tf.expandDims(zeroOutputForMask ? numbers : tf.cast(tf.greater(tf.cumsum(numbers, 1), 0), 'float32'), 2) };
}

/** What of the outputs is shown, of all steps or of the last. */
const shownOf = ({ shown }: Steps, returnSequences: boolean): Tensor => {
  const [batch, steps] = shown.shape as [number, number];
  return returnSequences ? shown : tf.reshape(tf.slice(shown, [0, steps - 1, 0], [batch, 1, 1]), [batch, 1]);
};

function forward(cell: Cell, inputs: Inputs, attributes: SequenceAttributes): Tensor[] {
  const { x, kernel, bias, mask } = inputs as { x: Tensor; kernel: Tensor; bias?: Tensor; mask?: Tensor };
  const { goBackwards, returnSequences, returnState, keep } = attributes;
  const units = kernel.shape[0]!;
  const steps = stepsOf(mask, units, attributes);
  const xs = tf.unstack(x);
  if (goBackwards) xs.reverse();
  const outputs: Tensor[] = [];
  const kept: Tensor[] = [];
  let states = statesOf(inputs);
  for (const [s, input] of xs.entries()) {
    const products = tf.matMul(states[0]!, kernel);
    const step = cell.forward(input, bias ? tf.add(products, bias) : products, states);
    if (s > 0) kept.push(...states);
    kept.push(...step.kept);
    const before = states;
    states = steps ? step.states.map((state, i) => tf.where(steps.counts[s]!, state, before[i]!)) : [...step.states];
    outputs.push(states[0]!);
  }
  const held = returnSequences ? tf.stack(outputs, 1) : outputs.at(-1)!;
  const output = steps ? tf.mul(held, shownOf(steps, returnSequences)) : held;
  const result = returnState ? tf.concat([tf.reshape(output, [-1, units]), ...states], 0) : output;
  return keep ? [result, ...kept] : [result];
}

/** What was kept of each step: the states before it, which those of the first step were given as, and what its cell kept. */
function keptOf({ keeps }: Cell, first: readonly Tensor[], inputs: Inputs): { readonly states: readonly Tensor[]; readonly own: readonly Tensor[] }[] {
  const kept = [...first, ...Object.keys(inputs).filter((name) => name.startsWith('kept')).map((_, i) => inputs[`kept${i}`]!)];
  const each = first.length + keeps;
  return Array.from({ length: kept.length / each }, (_, s) => ({ states: kept.slice(s * each, s * each + first.length), own: kept.slice(s * each + first.length, (s + 1) * each) }));
}

/** What flows back to the output of each step, `undefined` for nothing, and to the last states. */
function gradientsOf(dy: Tensor, length: number, steps: Steps | undefined, [batch, count, units]: readonly [number, number, number], { returnSequences, returnState }: SequenceAttributes) {
  const rows = returnSequences ? batch * count : batch;
  const rowsOf = (start: number, size: number) => (returnState ? tf.slice(dy, [start, 0], [size, units]) : dy);
  const all = tf.reshape(rowsOf(0, rows), returnSequences ? [batch, count, units] : [batch, units]);
  const toOutput = steps ? tf.mul(all, shownOf(steps, returnSequences)) : all;
  return {
    outputs: returnSequences ? tf.unstack(toOutput, 1) : [...Array<undefined>(count - 1).fill(undefined), toOutput],
    states: Array.from({ length }, (_, i) => (returnState ? rowsOf(rows + i * batch, batch) : undefined)),
  };
}

const sum = (a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined => (a && b ? tf.add(a, b) : a ?? b);

function back(cell: Cell, { dy, kernel, bias, mask, ...rest }: Inputs, attributes: SequenceAttributes): Tensor[] {
  const first = statesOf(rest);
  const [batch, units] = first[0]!.shape as [number, number];
  const perStep = keptOf(cell, first, rest);
  const count = perStep.length;
  const steps = stepsOf(mask, units, attributes);
  const gradients = gradientsOf(dy!, first.length, steps, [batch, count, units], attributes);
  const zeros = tf.zeros([batch, units]);
  const dxs: Tensor[] = [];
  const dProducts: Tensor[] = [];
  let dStates = gradients.states;
  for (let s = count - 1; s >= 0; s--) {
    const { states, own } = perStep[s]!;
    const arrived = [sum(dStates[0], gradients.outputs[s]) ?? zeros, ...dStates.slice(1).map((each) => each ?? zeros)];
    const counts = steps?.counts[s];
    const step = cell.back(counts ? arrived.map((each) => tf.where(counts, each, zeros)) : arrived, own, states);
    const around = arrived.map((each) => (counts ? tf.where(counts, zeros, each) : undefined));
    dStates = [sum(sum(tf.matMul(step.dProducts, kernel!, false, true), step.past[0]), around[0]), ...step.past.slice(1).map((each, i) => sum(each, around[i + 1]))];
    dxs.unshift(step.dx);
    dProducts.unshift(step.dProducts);
  }
  const inTime = attributes.goBackwards ? [...dxs].reverse() : dxs;
  const toProducts = tf.concat(dProducts, 0);
  const dKernel = tf.matMul(tf.concat(perStep.map(({ states }) => states[0]!), 0), toProducts, true);
  const dx = tf.reshape(tf.concat(inTime, 0), [count, batch, cell.gates * units]);
  return [dx, dKernel, ...(bias ? [tf.sum(toProducts, 0)] : []), ...dStates.map((each) => each!)];
}

export function registerSequences(): void {
  for (const [name, cell] of Object.entries(cells)) {
    register(`${name}Sequence`, (inputs, attributes) => forward(cell, inputs, attributes as unknown as SequenceAttributes));
    register(`${name}SequenceGrad`, (inputs, attributes) => back(cell, inputs, attributes as unknown as SequenceAttributes));
  }
}
