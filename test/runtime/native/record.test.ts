import { beforeAll, describe, expect, it, vi } from 'vitest';
import { recorderOf, type StepToRecord } from '../../../src/core/recorder.ts';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { setBackend } from '../../../src/runtime/choose.ts';
import { nativeBackend } from '../../../src/runtime/native/ops.ts';
import { hasNative } from '../../engines.ts';
import { expectClose } from '../../helpers/close.ts';
import { atOnce } from '../../../src/core/phases.ts';

// As where the addon for sessions does not load.
const addon = vi.hoisted(() => ({ loads: true }));
vi.mock('../../../src/runtime/native/record/sessionAddon.ts', async (original) => {
  const { sessionAddon, ...rest } = await original<typeof import('../../../src/runtime/native/record/sessionAddon.ts')>();
  return { ...rest, sessionAddon: () => (addon.loads ? sessionAddon() : undefined) };
});

/** Records a step over rows of one tensor, in batches of two, and runs it over the order. */
function run(start: readonly Tensor[], data: readonly Tensor[], order: readonly number[], step: StepToRecord['step']): { values: number[][] } | { declined: string } {
  const recorder = recorderOf('tensorflow')!;
  const state = start.map(recorder.duplicate);
  const batch = data.map((all) => tf.slice(all, 0, 2));
  const recorded = atOnce(recorder.record({ state, batch, data, step }));
  if ('declined' in recorded) return recorded;
  expect(state.map((tensor) => [...tensor.dataSync()])).toEqual(start.map((tensor) => [...tensor.dataSync()]));
  recorded.recording.run(Uint32Array.from(order));
  const values = state.map((tensor) => [...tensor.dataSync()]);
  recorded.recording.dispose();
  tf.dispose([...state, ...batch]);
  return { values };
}

const numbers = () => tf.tensor2d([[1, 10], [2, 20], [3, 30], [4, 40]]);

describe.skipIf(!hasNative).each([['in a session of its own', true], ['in a loop of tfjs-node\'s', false]])('recording on native TensorFlow, %s', (_, loads) => {
  beforeAll(async () => {
    addon.loads = loads;
    await setBackend('native');
  });

  it('makes a step for each batch of the order, on the rows that it names', () => {
    const order = [3, 0, 1, 1, 2, 0];
    // s ← 2 s + the sum of the first column: 5, then 4, then 4.
    const given = run([tf.scalar(1)], [numbers()], order, ([s], [x]) => [tf.add(tf.mul(s!, 2), tf.sum(tf.slice(x!, [0, 0], [2, 1])))]);
    expect(given).toEqual({ values: [[2 * (2 * (2 + 5) + 4) + 4]] });
  });

  it('hands state through, from one place to another, and to where it was', () => {
    const step: StepToRecord['step'] = ([a, b, c, d], [x]) => [b!, a!, tf.clone(c!), tf.add(d!, tf.max(x!))];
    expect(run([tf.tensor1d([1, 2]), tf.tensor1d([3, 4]), tf.scalar(5), tf.scalar(0)], [numbers()], [0, 1, 2, 3, 0, 0], step))
      .toEqual({ values: [[3, 4], [1, 2], [5], [20 + 40 + 10]] });
  });

  it('takes a state that nothing changes', () => {
    expect(run([tf.scalar(7)], [numbers()], [0, 1], ([s]) => [s!])).toEqual({ values: [[7]] });
  });

  it('computes with integers, truth values and several data', () => {
    const labels = tf.tensor1d([0, 1, 1, 2], 'int32');
    const step: StepToRecord['step'] = ([count, sums], [x, y]) => {
      const wanted = tf.equal(y!, tf.scalar(1, 'int32'));
      return [tf.add(count!, tf.sum(tf.cast(wanted, 'int32'))), tf.where(tf.logicalNot(wanted), sums!, tf.sum(x!, 1))];
    };
    expect(run([tf.scalar(0, 'int32'), tf.tensor1d([-1, -2])], [numbers(), labels], [0, 1, 2, 3], step)).toEqual({ values: [[2], [33, 22]] });
  });

  it('draws anew from a seed that moves', () => {
    const draw = (seed: Tensor) => tf.engine().runKernel('StatelessRandomUniform', { seed }, { shape: [3] }) as Tensor;
    const eager = [4, 5].map((n) => [...draw(tf.tensor1d([9, n], 'int32')).dataSync()]);
    const step: StepToRecord['step'] = ([n, , last]) => [tf.add(n!, tf.scalar(1, 'int32')), last!, draw(tf.stack([tf.scalar(9, 'int32'), n!]))];
    expect(run([tf.scalar(4, 'int32'), tf.zeros([3]), tf.zeros([3])], [numbers()], [0, 1, 2, 3], step)).toEqual({ values: [[6], eager[0], eager[1]] });
  });

  // TensorFlow's own operations stand in for tfjs's long-hand.
  it('computes the slopes of activations', () => {
    const x = tf.tensor2d([[-1, 0], [2, 0.5], [-3, 1], [0, 4]]);
    const slope = (activation: (x: Tensor) => Tensor, at: Tensor) => tf.grad((given) => tf.sum(tf.mul(activation(given), 2)))(at);
    const given = run([tf.zeros([2, 2]), tf.zeros([2, 2]), tf.zeros([2, 2])], [x], [1, 0], (_, [at]) => [slope(tf.relu, at!), slope(tf.tanh, at!), slope(tf.sigmoid, at!)]);
    const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
    const at = [2, 0.5, -1, 0];
    const want = [[2, 2, 0, 0], at.map((value) => 2 * (1 - Math.tanh(value) ** 2)), at.map((value) => 2 * sigmoid(value) * (1 - sigmoid(value)))];
    (given as { values: number[][] }).values.forEach((numbers, i) => expectClose(numbers, want[i]!, { rtol: 1e-5, atol: 1e-6 }));
  });

  // The sum over all but the last has an operation of TensorFlow's own; the others must not be taken for it.
  it.for([[[0, 1, 2], false], [[2, 0, 1], false], [[-2, -3, -4], false], [[0, 1, 2], true], [[1, 2, 3], false], [[0, 2], false]] as const)('sums pictures over the axes %j', ([axes, keep]) => {
    const x = tf.tensor4d(Array.from({ length: 16 }, (_, i) => i), [2, 2, 2, 2]);
    const want = tf.tidy(() => tf.sum(x, [...axes], keep));
    expect(run([tf.zeros(want.shape)], [x], [0, 1], (_, [at]) => [tf.sum(at!, [...axes], keep)])).toEqual({ values: [[...want.dataSync()]] });
    want.dispose();
  });

  it('takes tensors from outside as the constants that they are', () => {
    const factor = tf.tensor1d([2, 3]);
    factor.dataSync();
    expect(run([tf.tensor1d([1, 1])], [numbers()], [0, 1, 2, 3], ([s]) => [tf.mul(s!, factor)])).toEqual({ values: [[4, 9]] });
  });

  it('declines a variable from outside, which may change', () => {
    const outside = tf.variable(tf.scalar(3), false, 'momentum');
    expect(run([tf.scalar(1)], [numbers()], [0, 1], ([s]) => [tf.mul(s!, outside)])).toEqual({ declined: 'it uses the variable "momentum" from outside of the step' });
    outside.dispose();
  });

  it('declines a step that reads a tensor back, but not one that reads what is always the same', () => {
    expect(run([tf.scalar(1)], [numbers()], [0, 1], ([s]) => [tf.scalar(s!.dataSync()[0]! + 1)])).toEqual({ declined: 'it reads a tensor back' });
    expect(run([tf.scalar(1)], [numbers()], [0, 1], ([s]) => [tf.add(s!, tf.scalar(2).square().dataSync()[0]!)])).toEqual({ values: [[5]] });
  });

  it('declines an operation that draws from a state of its own', () => {
    expect(run([tf.zeros([1, 2], 'int32')], [numbers()], [0, 1], (_, [x]) => [tf.multinomial(tf.slice(x!, [0, 0], [1, 2]) as tf.Tensor2D, 2, 1)]))
      .toEqual({ declined: 'the operation Multinomial has no place in a graph' });
  });

  it('declines a state that changes its shape', () => {
    expect(run([tf.scalar(1)], [numbers()], [0, 1], ([s]) => [tf.stack([s!, s!])])).toEqual({ declined: 'a part of its state comes out as float32 [2], other than it went in' });
  });

  it('lets an error of the step through, and the engine works on', () => {
    expect(() => run([tf.scalar(1)], [numbers()], [0, 1], () => { throw new Error('mine'); })).toThrow('mine');
    expect(tf.add(1, 2).dataSync()).toEqual(Float32Array.of(3));
    expect(run([tf.scalar(1)], [numbers()], [0, 1], ([s]) => [tf.add(s!, 1)])).toEqual({ values: [[2]] });
  });

  it('says which index of the data does not exist', () => {
    expect(() => run([tf.scalar(1)], [numbers()], [0, 4], ([s], [x]) => [tf.add(s!, tf.sum(x!))])).toThrow('is not in [0, 4)');
  });

  it('duplicates are apart from what they were made of', () => {
    const { duplicate, assign } = recorderOf('tensorflow')!;
    const first = tf.tensor1d([1, 2]);
    const second = duplicate(first);
    assign(second, tf.tensor1d([3, 4]));
    expect([first, second].map((tensor) => [...tensor.dataSync()])).toEqual([[1, 2], [3, 4]]);
    first.dispose();
    expect([...second.dataSync()]).toEqual([3, 4]);
  });

  it('keeps no tensors, neither of tfjs nor of TensorFlow', () => {
    const { binding } = nativeBackend();
    const step: StepToRecord['step'] = ([s, t], [x]) => [tf.add(s!, tf.mean(x!, 0)), t!];
    const once = () => tf.tidy(() => void run([tf.zeros([2]), tf.scalar(1)], [numbers()], [0, 1, 2, 3], step));
    once();
    const before = [tf.memory().numTensors, binding.getNumOfTensors()];
    for (let i = 0; i < 5; i++) once();
    expect([tf.memory().numTensors, binding.getNumOfTensors()]).toEqual(before);
  });
});
