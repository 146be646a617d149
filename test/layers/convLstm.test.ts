import { beforeAll, describe, expect, test } from 'vitest';
import { convLstm1d, convLstm2d, convLstm3d } from '../../layers/convLstm.ts';
import { lstm } from '../../layers/lstm.ts';
import { input } from '../../src/core/symbolic.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive, planOf, startingWeights } from './drive.ts';
import { expectGradients } from './gradients.ts';

const expectSame = (a: Tensor, b: Tensor) => {
  expect(a.shape).toEqual(b.shape);
  const wanted = b.dataSync();
  a.dataSync().forEach((n, i) => expect(n).toBeCloseTo(wanted[i]!, 5));
};
const waves = (shape: number[], frequency = 1.3) => tf.reshape(tf.sin(tf.mul(tf.range(0, shape.reduce((a, b) => a * b, 1)), frequency)), shape);

describe.each(engines)('convLstm on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const mask = () => tf.tensor2d([[1, 0, 1], [0, 1, 1]], undefined, 'bool');

  test.each([[1, convLstm1d, [4]], [2, convLstm2d, [2, 2]], [3, convLstm3d, [1, 2, 2]]] as const)('with kernels of one pixel, in %s dimensions, is an LSTM at each pixel', (axes, factory, space) => {
    const layer = factory({ filters: 2, kernelSize: 1, returnSequences: true, returnState: true });
    const x = waves([2, 3, ...space, 2]);
    const weights = Object.fromEntries(startingWeights(layer, planOf(layer, [{ tensor: x }], {}), 4).map(([name, , each]) => [name, each]));
    const { outputs } = drive(layer, { tensor: x, mask: mask() }, { weights });
    const flat = Object.fromEntries(Object.entries(weights).map(([name, each]) => [name, each.rank > 1 ? tf.reshape(each, each.shape.slice(axes)) : each]));
    for (let pixel = 0; pixel < 4; pixel++) {
      const at = (t: Tensor, lead: number) => tf.squeeze(tf.slice(tf.reshape(t, [...t.shape.slice(0, lead), 4, 2]), [...Array<number>(lead).fill(0), pixel, 0], [...t.shape.slice(0, lead), 1, 2]), [lead]);
      const wanted = drive(lstm({ units: 2, returnSequences: true, returnState: true }), { tensor: at(x, 2), mask: mask() }, { weights: flat }).outputs;
      expectSame(at(outputs[0]!, 2), wanted[0]!);
      expectSame(at(outputs[1]!, 1), wanted[1]!);
      expectSame(at(outputs[2]!, 1), wanted[2]!);
    }
  });

  test('sums over its window, and over that of the state', () => {
    // No gate but the candidate moves: i = f = o = ½, g = z, h = c / 2.
    const layer = convLstm1d({ filters: 1, kernelSize: 2, activation: 'linear', useBias: false, returnSequences: true });
    const only = (taps: number[]) => taps.map((tap) => [[0, 0, tap, 0]]);
    const { outputs } = drive(layer, tf.tensor4d([[[[1], [2], [3]], [[0], [0], [0]]]]), { weights: { kernel: only([1, 1]), recurrentKernel: only([1, 10]) } });
    // Step 1: z = 3, 5; c = z / 2, h = z / 4 = ¾, 1¼. Step 2, padded behind: z = ¾ + 10 · 1¼, 1¼; c = c / 2 + z / 2.
    expectSame(outputs[0]!, tf.tensor4d([[[[0.75], [1.25]], [[(0.75 + 13.25 / 2) / 2], [(1.25 + 1.25 / 2) / 2]]]]));
  });

  test('has channels where the data format puts them', () => {
    const options = { filters: 3, kernelSize: 2, strides: [1, 2], returnSequences: true, returnState: true };
    const last = convLstm2d(options);
    const x = waves([2, 3, 4, 5, 2]);
    const weights = Object.fromEntries(startingWeights(last, planOf(last, [{ tensor: x }], {}), 4).map(([name, , each]) => [name, each]));
    const wanted = drive(last, x, { weights });
    const found = drive(convLstm2d({ ...options, dataFormat: 'channelsFirst' }), tf.transpose(x, [0, 1, 4, 2, 3]), { weights });
    expectSame(found.outputs[0]!, tf.transpose(wanted.outputs[0]!, [0, 1, 4, 2, 3]));
    expectSame(found.outputs[2]!, tf.transpose(wanted.outputs[2]!, [0, 3, 1, 2]));
    expect(wanted.plan.outputs.map(({ shape }) => shape)).toEqual([[3, 3, 2, 3], [3, 2, 3], [3, 2, 3]]);
    expect(found.plan.outputs.map(({ shape }) => shape)).toEqual([[3, 3, 3, 2], [3, 3, 2], [3, 3, 2]]);
  });

  test('remembers its states when stateful', () => {
    const layer = convLstm1d({ filters: 1, kernelSize: 2, stateful: true });
    const x = waves([1, 2, 3, 1]);
    const first = drive(layer, x, { batchSize: 1 });
    const again = drive(layer, x, { batchSize: 1, weights: first.updates });
    const twice = drive(convLstm1d({ filters: 1, kernelSize: 2 }), tf.concat([x, x], 1));
    expectSame(again.outputs[0]!, twice.outputs[0]!);
  });

  test('drops inputs of each gate by itself, the same at every step', () => {
    const layer = convLstm1d({ filters: 1, kernelSize: 1, dropout: 0.5, activation: 'linear', recurrentActivation: 'linear', useBias: false, returnSequences: true });
    const { outputs } = drive(layer, tf.ones([40, 2, 1, 1]), { training: true, seed: 3, weights: { kernel: [[[1, 0, 1, 1]]], recurrentKernel: [[[0, 0, 0, 0]]] } });
    // h = o · i · g, each of them 0 or 2: the product is 8 or 0, at both steps.
    const rows = tf.reshape(outputs[0]!, [40, 2]).arraySync() as number[][];
    expect([...new Set(rows.map((row) => row.join(' ')))].sort()).toEqual(['0 0', '8 8']);
    expect(rows.filter(([n]) => n === 8).length).toBeLessThan(15);
  });

  test('has the gradients that finite differences have', () => {
    expectGradients(convLstm2d({ filters: 1, kernelSize: 2, padding: 'same', returnSequences: true }), [waves([2, 3, 3, 2, 1])], { masks: [mask()] });
    expectGradients(convLstm1d({ filters: 2, kernelSize: 2, dropout: 0.3, recurrentDropout: 0.3 }), [waves([2, 3, 3, 1])], { training: true });
  });
});

test('convLstm says what it cannot do', () => {
  expect(() => convLstm2d({ filters: 1, kernelSize: 2, strides: 2, dilationRate: 2 })(input({ shape: [3, 8, 8, 1] }))).toThrow('takes strides or a dilationRate over 1, not both');
  expect(() => convLstm2d({ filters: 1, kernelSize: 4 })(input({ shape: [3, 3, 3, 1] }))).toThrow('its kernel reaches over [4, 4], but the input has only [3, 3]');
});
