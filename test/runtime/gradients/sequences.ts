/** Recurrent layers over whole sequences: the plain JavaScript engine, which the values are compared with, goes through time step by step. */
import { gru } from '../../../layers/gru.ts';
import { lstm } from '../../../layers/lstm.ts';
import { simpleRNN } from '../../../layers/simpleRNN.ts';
import type { Layer } from '../../../src/core/layer.ts';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { drive } from '../../layers/drive.ts';
import { of, uniform, type Input } from './case.ts';

interface Sizes { readonly batch: number; readonly steps: number; readonly features: number; readonly units: number }

/** Examples whose first, last and inner steps do not count, one that counts throughout and one that does not at all. */
const masks = [[0, 1, 1, 0, 1], [1, 0, 0, 1, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [0, 0, 1, 1, 1]];
const maskOf = ({ batch, steps }: Sizes) => tf.tensor2d(Array.from({ length: batch }, (_, i) => masks[i % masks.length]!.slice(0, steps)), [batch, steps], 'bool');

const flattened = (outputs: readonly Tensor[]): Tensor => tf.concat(outputs.map((output) => tf.reshape(output, [-1])));

/** A layer's outputs as a function of its input, its weights and, if they are given, its first states. */
function layerCase(name: string, layer: Layer, sizes: Sizes, weights: Readonly<Record<string, Input>>, states: number, masked = false) {
  const { batch, steps, features, units } = sizes;
  const names = Object.keys(weights);
  const inputs = [uniform([batch, steps, features]), ...Object.values(weights), ...Array.from({ length: states }, () => uniform([batch, units]))];
  return of(name, inputs, (x, ...rest) => {
    const given = states > 0 ? { initialState: rest.slice(names.length) } : {};
    const held = Object.fromEntries(names.map((each, i) => [each, rest[i]!]));
    return flattened(drive(layer, { tensor: x, ...(masked && { mask: maskOf(sizes) }) }, { weights: held, given, batchSize: batch }).outputs);
  });
}

const weightsOf = (gates: number, { features, units }: Sizes, bias: readonly number[] | null) => ({
  kernel: uniform([features, gates * units]), recurrentKernel: uniform([units, gates * units]), ...(bias && { bias: uniform(bias) }),
});

const small = { batch: 5, steps: 5, features: 3, units: 5 };
/** More rows than go through time together, in whole vectors and more. */
const many = { batch: 67, steps: 2, features: 2, units: 9 };
const all = { returnSequences: true, returnState: true };
const backwards = { returnSequences: true, goBackwards: true };

const cells = [
  { kind: 'lstm', make: lstm, gates: 4, states: 2, bias: (units: number) => [4 * units] },
  { kind: 'gru', make: gru, gates: 3, states: 1, bias: (units: number) => [2, 3 * units] },
  { kind: 'simpleRNN', make: simpleRNN, gates: 1, states: 1, bias: (units: number) => [units] },
] as const;

export const sequenceCases = [
  ...cells.flatMap(({ kind, make, gates, states, bias }) => [
    layerCase(`${kind}, last output`, make({ units: 5 }), small, weightsOf(gates, small, bias(5)), 0),
    layerCase(`${kind}, all outputs and the last states, from given ones`, make({ units: 5, ...all }), small, weightsOf(gates, small, bias(5)), states),
    layerCase(`${kind}, last output and states`, make({ units: 5, returnState: true }), small, weightsOf(gates, small, bias(5)), 0),
    layerCase(`${kind}, masked, from given states`, make({ units: 5, ...all }), small, weightsOf(gates, small, bias(5)), states, true),
    layerCase(`${kind}, last output, masked, from given states`, make({ units: 5 }), small, weightsOf(gates, small, bias(5)), states, true),
    layerCase(`${kind}, backwards, masked, without bias`, make({ units: 5, ...backwards, useBias: false }), small, weightsOf(gates, small, null), states, true),
    layerCase(`${kind}, backwards, zeros where masked`, make({ units: 5, ...backwards, zeroOutputForMask: true }), small, weightsOf(gates, small, bias(5)), states, true),
    layerCase(`${kind}, last output, zeros where masked`, make({ units: 5, zeroOutputForMask: true }), small, weightsOf(gates, small, bias(5)), 0, true),
    layerCase(`${kind}, of many examples`, make({ units: 9, ...all }), many, weightsOf(gates, many, bias(9)), 0),
  ]),
  layerCase('gru that resets first, last output', gru({ units: 5, resetAfter: false }), small, weightsOf(3, small, [15]), 0),
  layerCase('gru that resets first, masked, from given states', gru({ units: 5, resetAfter: false, ...all }), small, weightsOf(3, small, [15]), 1, true),
  layerCase('gru that resets first, of many examples, backwards', gru({ units: 9, resetAfter: false, ...backwards }), many, weightsOf(3, many, [27]), 0),
];
