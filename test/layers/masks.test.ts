/** What becomes of a mask of steps in feed-forward layers: Keras's rules. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  activation, add, average, concatenate, conv1d, dense, dropout, flatten, globalAveragePooling1d, identity, maximum, maxPooling1d, minimum, multiply, prelu, reshape, softmax, subtract,
} from '../../layers/index.ts';
import type { Layer } from '../../src/core/layer.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';

const maskOf = (rows: readonly (readonly number[])[]): Tensor => tf.tensor(rows.map((row) => row.map(Boolean)), undefined, 'bool');
const bits = (mask: Tensor | undefined) => mask && Array.from(mask.dataSync());
const sequence = (values: number[][]) => tf.tensor(values.map((row) => row.map((n) => [n])));

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.for<[string, Layer, boolean]>([
    ['dense', dense({ units: 2 }), true], ['activation', activation({ activation: 'relu' }), true], ['dropout', dropout({ rate: 0.1 }), true], ['identity', identity(), true],
    ['prelu', prelu(), true], ['softmax', softmax(), true], ['flatten', flatten(), false], ['reshape', reshape({ targetShape: [2, 1] }), false], ['conv1d', conv1d({ filters: 1, kernelSize: 1 }), false],
    ['maxPooling1d', maxPooling1d(), false], ['globalAveragePooling1d', globalAveragePooling1d(), false],
  ])('%s lets a mask pass or ends it', ([, layer, passes]) => tf.tidy(() => {
    const mask = maskOf([[1, 0]]);
    expect(drive(layer, { tensor: sequence([[1, 2]]), mask }).masks[0]).toBe(passes ? mask : undefined);
  }));

  test.for<[string, Layer]>([['add', add()], ['subtract', subtract()], ['average', average()], ['multiply', multiply()], ['maximum', maximum()], ['minimum', minimum()]])(
    '%s counts the steps that count in one of its inputs, if all have masks', ([, layer]) => tf.tidy(() => {
      const [x, y] = [sequence([[1, 2, 3]]), sequence([[4, 5, 6]])];
      const [mask, other] = [maskOf([[1, 1, 0]]), maskOf([[0, 1, 0]])];
      expect(bits(drive(layer, [{ tensor: x, mask }, { tensor: y, mask: other }]).masks[0])).toEqual([1, 1, 0]);
      expect(drive(layer, [{ tensor: x, mask }, { tensor: y }]).masks[0]).toBeUndefined();
    }),
  );

  test('concatenate joins masks along steps, and counts a step of joined features if it does in one of them', () => tf.tidy(() => {
    const inputs = [{ tensor: sequence([[1, 2]]), mask: maskOf([[1, 0]]) }, { tensor: sequence([[3, 4]]) }];
    expect(bits(drive(concatenate({ axis: 1 }), inputs).masks[0])).toEqual([1, 0, 1, 1]);
    expect(bits(drive(concatenate(), inputs).masks[0])).toEqual([1, 1]);
    expect(bits(drive(concatenate(), [inputs[0]!, { tensor: sequence([[3, 4]]), mask: maskOf([[0, 0]]) }]).masks[0])).toEqual([1, 0]);
    expect(drive(concatenate(), inputs.map(({ tensor }) => tensor)).masks[0]).toBeUndefined();
  }));

  // By hand, as Keras's `_apply_merge_op_and_or_mask` and `Multiply` do.
  test('maximum and minimum take the other value where a step does not count', () => tf.tidy(() => {
    const inputs = [{ tensor: sequence([[9, 2, 9]]), mask: maskOf([[0, 1, 0]]) }, { tensor: sequence([[4, 5, 6]]), mask: maskOf([[1, 1, 0]]) }];
    expect([...drive(maximum(), inputs).outputs[0]!.dataSync()].slice(0, 2)).toEqual([4, 5]);
    expect([...drive(minimum(), inputs).outputs[0]!.dataSync()].slice(0, 2)).toEqual([4, 2]);
  }));

  test('multiply takes 1 where a step does not count, and gives 0 where none does', () => tf.tidy(() => {
    const inputs = [{ tensor: sequence([[9, 2, 9]]), mask: maskOf([[0, 1, 0]]) }, { tensor: sequence([[4, 5, 6]]), mask: maskOf([[1, 1, 0]]) }];
    expect([...drive(multiply(), inputs).outputs[0]!.dataSync()]).toEqual([4, 10, 0]);
    expect([...drive(multiply(), [inputs[0]!, inputs[1]!.tensor]).outputs[0]!.dataSync()]).toEqual([4, 10, 6]);
  }));

  test('globalAveragePooling1d leaves steps out that do not count, whatever they hold', () => tf.tidy(() => {
    const tensor = tf.tensor([[[1, 10], [NaN, NaN], [3, 20]]]);
    const mask = maskOf([[1, 0, 1]]);
    expect([...drive(globalAveragePooling1d(), { tensor, mask }).outputs[0]!.dataSync()]).toEqual([2, 15]);
    const first = tf.transpose(tensor, [0, 2, 1]);
    expect([...drive(globalAveragePooling1d({ dataFormat: 'channelsFirst', keepDims: true }), { tensor: first, mask }).outputs[0]!.dataSync()]).toEqual([2, 15]);
  }));
});
