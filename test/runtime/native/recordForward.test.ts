import { beforeAll, describe, expect, it, vi } from 'vitest';
import { conv2d, dense, embedding, flatten, maxPooling2d } from '../../../layers/index.ts';
import type { ForwardToRecord } from '../../../src/core/recorder.ts';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { input, sequential } from '../../../src/index.ts';
import { setBackend } from '../../../src/runtime/choose.ts';
import { nativeBackend } from '../../../src/runtime/native/ops.ts';
import { configs, openDirect } from '../../../src/runtime/native/record/sessionAddon.ts';
import { attr, types, type Graph } from '../../../src/runtime/native/record/graph.ts';
import { recorder } from '../../../src/runtime/native/record/record.ts';
import { hasNative } from '../../engines.ts';

// As where the addon for calls on plain numbers does not load.
const addon = vi.hoisted(() => ({ loads: true }));
vi.mock('../../../src/runtime/native/record/sessionAddon.ts', async (original) => {
  const { openDirect, ...rest } = await original<typeof import('../../../src/runtime/native/record/sessionAddon.ts')>();
  return { ...rest, openDirect: (...given: Parameters<typeof openDirect>) => (addon.loads ? openDirect(...given) : undefined) };
});

const pair = { shape: [2, 2], dtype: 'float32' } as const;

function recordingOf(inputs: ForwardToRecord['inputs'], compute: ForwardToRecord['compute']) {
  const recorded = recorder.recordForward!({ inputs, compute });
  if ('declined' in recorded) throw new Error(recorded.declined);
  return recorded.recording;
}

const read = (tensors: readonly Tensor[]) => tensors.map((tensor) => {
  const numbers = { shape: tensor.shape, dtype: tensor.dtype, values: [...tensor.dataSync()] };
  tensor.dispose();
  return numbers;
});

describe.skipIf(!hasNative)('a graph on plain numbers', () => {
  const double = (op: string): Graph => ({
    functions: [],
    nodes: [
      { name: 'x0', op: 'Placeholder', inputs: [], attrs: { dtype: attr.type(types.float), shape: attr.shape([2]) } },
      { name: 'call', op, inputs: ['x0', 'x0'], attrs: { T: attr.type(types.float) } },
    ],
  });
  const ends = { inputs: 1, outputs: 1 };
  const open = (graph: Graph) => {
    addon.loads = true;
    return openDirect(graph, configs.direct, ends);
  };
  beforeAll(() => setBackend('native'));

  it('takes typed arrays and fills others, and no tensor is made', ({ skip }) => {
    const session = open(double('AddV2')) ?? skip('the addon does not load here');
    const before = nativeBackend().binding.getNumOfTensors();
    const out = new Float32Array(2);
    expect(session.run([Float32Array.of(1, 2), out])).toBe(true);
    expect([...out]).toEqual([2, 4]);
    expect(session.run([Float32Array.of(5, 6), out])).toBe(true);
    expect([...out]).toEqual([10, 12]);
    expect(session.run([Float32Array.of(5, 6), new Float32Array(3)])).toBe(false);
    expect(() => session.run([Float32Array.of(5, 6, 7), out])).toThrow('an input is not of the size that the graph was made for');
    expect(nativeBackend().binding.getNumOfTensors()).toBe(before);
    session.close();
    expect(() => session.run([Float32Array.of(1, 2), out])).toThrow('open session');
    session.close();
  });

  it('is refused in TensorFlow\'s words', ({ skip }) => {
    if (!open(double('AddV2'))) skip('the addon does not load here');
    expect(() => open(double('AddUp'))).toThrow('AddUp');
    expect(() => openDirect(double('AddV2'), configs.direct, { ...ends, inputs: 2 })).toThrow('the graph lacks an input');
  });
});

describe.skipIf(!hasNative).each([['on plain numbers', true], ['on tensors', false]])('recording of predictions on native TensorFlow, %s', (_, loads) => {
  beforeAll(async () => {
    addon.loads = loads;
    await setBackend('native');
  });

  it('computes anew from each call\'s numbers, with what it reads from outside as it is', () => {
    const outside = tf.tensor2d([[1, 2], [3, 4]]);
    const recording = recordingOf([pair, { shape: [2], dtype: 'int32' }], ([x, i]) => [tf.matMul(x!, outside), tf.gather(x!, i!), x!, tf.ones([1])]);
    const ones = { shape: [1], dtype: 'float32', values: [1] };
    expect(read(recording.run([Float32Array.of(1, 0, 0, 1), Int32Array.of(1, 0)]))).toEqual([
      { shape: [2, 2], dtype: 'float32', values: [1, 2, 3, 4] }, { shape: [2, 2], dtype: 'float32', values: [0, 1, 1, 0] }, { shape: [2, 2], dtype: 'float32', values: [1, 0, 0, 1] }, ones,
    ]);
    // Plain numbers will do.
    expect(read(recording.run([[0, 1, 2, 0], [0, 0]]))).toEqual([
      { shape: [2, 2], dtype: 'float32', values: [3, 4, 2, 4] }, { shape: [2, 2], dtype: 'float32', values: [0, 1, 0, 1] }, { shape: [2, 2], dtype: 'float32', values: [0, 1, 2, 0] }, ones,
    ]);
    recording.dispose();
    outside.dispose();
  });

  it('puts out whole numbers and truth values', () => {
    const recording = recordingOf([pair], ([x]) => [tf.argMax(x!, 1), tf.greater(x!, 0)]);
    for (let i = 0; i < 2; i++) {
      expect(read(recording.run([Float32Array.of(1, -1, 0, 2)]))).toEqual([{ shape: [2], dtype: 'int32', values: [0, 1] }, { shape: [2, 2], dtype: 'bool', values: [1, 0, 0, 1] }]);
    }
    recording.dispose();
  });

  it('puts out as many numbers as there are, if those go by the numbers that come in', () => {
    const recording = recordingOf([pair], ([x]) => [tf.unique(tf.reshape(x!, [4])).values]);
    for (const values of [[0], [1, 2], [1, 2, 3, 4], [7]]) {
      expect(read(recording.run([Float32Array.from({ length: 4 }, (_, i) => values[i % values.length]!)]))).toEqual([{ shape: [values.length], dtype: 'float32', values }]);
    }
    recording.dispose();
  });

  it('declines what reads a tensor back', () => {
    expect(recorder.recordForward!({ inputs: [pair], compute: ([x]) => [tf.scalar(x!.dataSync()[0]!)] })).toEqual({ declined: 'it reads a tensor back' });
  });

  it.for([
    ['pictures', [8, 8, 1], () => [conv2d({ filters: 3, kernelSize: 3, activation: 'relu' }), maxPooling2d({ poolSize: 2 }), flatten(), dense({ units: 2, activation: 'softmax' })]],
    ['words', [64], () => [embedding({ inputDim: 3, outputDim: 2 }), flatten(), dense({ units: 2 })]],
  ] as const)('predicts for %s what the layers give, again after the weights have changed, and keeps nothing', ([kind, shape, stack]) => {
    const { binding } = nativeBackend();
    const before = [tf.memory().numTensors, binding.getNumOfTensors(), binding.getNumOfSavedModels()];
    const net = sequential([input({ shape: [...shape] }), ...stack()] as never, { seed: 1 });
    const x = Float32Array.from({ length: 7 * 64 }, (_, i) => (kind === 'words' ? i % 3 : Math.sin(i)));
    const predict = (size: number) => {
      const y = net.predict({ data: x, shape: [7, ...shape] }, { batchSize: size }) as Tensor;
      const numbers = [...y.dataSync()];
      y.dispose();
      return numbers;
    };
    const expectAlike = () => {
      // One batch of all is not recorded at once; batches of two are from the third on.
      const whole = predict(7);
      for (const again of [predict(2), predict(2)]) again.forEach((value, i) => expect(value).toBeCloseTo(whole[i]!, 5));
      return whole;
    };
    const first = expectAlike();
    const weights = net.getWeights();
    const doubled = weights.map((weight) => tf.mul(weight, 2));
    net.setWeights(doubled);
    expect(expectAlike()).not.toEqual(first);
    tf.dispose([...weights, ...doubled]);
    net.dispose();
    expect([tf.memory().numTensors, binding.getNumOfTensors(), binding.getNumOfSavedModels()]).toEqual(before);
  });
});
