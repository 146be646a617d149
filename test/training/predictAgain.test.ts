import { beforeAll, describe, expect, it } from 'vitest';
import { input, model, sequential, setBackend, tf } from 'ibexjs';
import { dense } from 'ibexjs/layers';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { expectNoTensorLeft } from '../helpers/memory.ts';
import { problemOf } from '../helpers/problem.ts';

const row = (...data: number[]) => ({ data: Float32Array.from(data), shape: [1, 2] });
const read = (y: tf.Tensor) => {
  const values = [...y.dataSync()];
  y.dispose();
  return values;
};
const close = { rtol: 1e-6, atol: 1e-6 };

/** A call for a row comes back from a record from the third on, and with fewer checks from the fourth. */
const often = 6;

describe.each(engines)('the same form of data again and again, on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  /** x·[1, 2] + 3 */
  const line = () => {
    const net = sequential([input({ shape: [2] }), dense({ units: 1 })]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    net.setWeights([{ data: Float32Array.of(1, 2), shape: [2, 1] }, { data: Float32Array.of(3), shape: [1] }]);
    return net;
  };
  const warm = () => {
    const net = line();
    for (let i = 0; i < often; i++) expect(read(net.predict(row(i, 10)))).toEqual([i + 23]);
    return net;
  };

  it('may be asked for within a gradient', async () => {
    const net = line();
    await expectNoTensorLeft(() => {
      for (let i = 0; i < often; i++) {
        const slope = tf.tidy(() => tf.grad((x) => tf.sum(tf.mul(x, net.predict(row(i, 1)))))(tf.scalar(2)).dataSync());
        expect([...slope]).toEqual([i + 5]);
      }
      // What the gradients let go of is there for others.
      const others = Array.from({ length: 50 }, (_, i) => tf.fill([4], i));
      for (let i = 0; i < often; i++) expect(read(net.predict(row(i, 10)))).toEqual([i + 23]);
      others.forEach((other, i) => expect(read(other)).toEqual([i, i, i, i]));
    });
    net.dispose();
  });

  it('is answered from each call\'s numbers, and leaves no tensor', async () => {
    const net = warm();
    await expectNoTensorLeft(() => {
      for (let i = 0; i < often; i++) expect(read(net.predict(row(i, 1)))).toEqual([i + 5]);
      tf.tidy(() => void net.predict(row(1, 1)));
    });
    net.dispose();
  });

  it('may be nested arrays', async () => {
    const net = warm();
    const three = sequential([input({ shape: [2, 2] }), dense({ units: 1, kernelInitializer: 'ones' })]);
    for (let i = 0; i < often; i++) {
      expect(read(net.predict([[i, 1], [0.1, 1]]))).toEqual([i + 5, Math.fround(Math.fround(0.1) + 5)]);
      expect(read(three.predict([[[i, 1], [2, 3]]]))).toEqual([i + 1, 5]);
    }
    const words = 'predict: x: is NaN at example 1, value 0 of that example; fill in or leave out missing values';
    expect(await problemOf(() => net.predict([[1, 1], [NaN, 1]]))).toBe(words);
    for (const [x, said] of [
      [[[1, 1], [1]], 'is ragged: the list at index 1 has 1 values, the first one has 2'], [[[1, 1], 1], 'is ragged: at index 1 there is 1 where others have a list'],
      [[[1, 1], [1, 'a']], 'must hold numbers, but at index 1, 1 there is "a"'], [[[1, 1], [1, undefined]], 'has no value at index 1, 1'],
      [[[1, 1], [1, [2]]], 'is ragged: at index 1, 1 there is a list'], [[[[1], [1]], [[1], [1]]], 'must have examples of shape [2], got [2, 1]'], [[1, 2], 'must have examples of shape [2], got single numbers'],
    ] as const) {
      for (let again = 0; again < 2; again++) expect(read(net.predict([[1, 1], [2, 1]]))).toEqual([6, 7]);
      expect(await problemOf(() => net.predict(x as never))).toContain(said);
    }
    expect(read(net.predict([[true, 1], [2, 1]]))).toEqual([6, 7]);
    net.dispose();
    three.dispose();
  });

  it('follows weights that are set, and training, in whole or by batches', async () => {
    const net = warm();
    net.setWeights([{ data: Float32Array.of(2, 2), shape: [2, 1] }, { data: Float32Array.of(0), shape: [1] }]);
    for (let i = 0; i < often; i++) expect(read(net.predict(row(i, 1)))).toEqual([2 * i + 2]);
    const follows = () => {
      const [[w1, w2], [bias]] = net.readWeights().map(({ data }) => [...data]) as [[number, number], [number]];
      for (let i = 0; i < often; i++) expectClose(read(net.predict(row(i, 1))), [w1 * i + w2 + bias], close);
      return w1;
    };
    const before = follows();
    await net.fit([[1, 1], [0, 1]], [[5], [1]], { epochs: 3, verbose: 0 });
    const fitted = follows();
    expect(fitted).not.toBe(before);
    for (let step = 0; step < 4; step++) await net.trainOnBatch([[1, 1]], [[5]]);
    const learnt = follows();
    expect(learnt).not.toBe(fitted);
    for (let step = 0; step < 4; step++) {
      await net.trainOnBatch([[1, 1]], [[5]]);
      follows();
    }
    net.dispose();
  });

  it('may be mixed with others', () => {
    const net = warm();
    const forms = [
      [[4, 1]], { data: [4, 1], shape: [1, 2] }, { data: Float64Array.of(4, 1), shape: [1, 2] }, { data: Int32Array.of(4, 1), shape: [1, 2] }, tf.tensor2d([[4, 1]]), { input: [[4, 1]] }, row(4, 1),
    ] as const;
    for (const x of [...forms, ...forms]) {
      expect(read(net.predict(x as never))).toEqual([9]);
      expect(read(net.predict(row(0, 1)))).toEqual([5]);
    }
    expect(read(net.predict({ data: Float32Array.of(1, 0, 2, 0, 3, 0), shape: [3, 2] }))).toEqual([4, 5, 6]);
    expect(read(net.predict(row(0, 1)))).toEqual([5]);
    // More shapes than are remembered.
    for (let rows = 2; rows < 9; rows++) {
      for (let again = 0; again < 4; again++) expect(read(net.predict({ data: new Float32Array(7 * rows * 2).fill(1), shape: [7 * rows, 2] }, { batchSize: rows }))).toEqual(Array(7 * rows).fill(6));
    }
    expect(read(net.predict(row(0, 1)))).toEqual([5]);
    expect(read(net.predict(row(Infinity, -Infinity)))).toEqual([NaN]);
    expect(read(net.predict(row(Infinity, 1)))).toEqual([Infinity]);
    net.dispose();
  });

  it('is refused in the same words as the first time', async () => {
    const net = warm();
    for (const x of [
      row(1, NaN), { data: new Float32Array(3), shape: [1, 2] }, { data: new Float32Array(3), shape: [1, 3] }, { data: new Float32Array(2), shape: [2] }, { data: new Float32Array(0), shape: [0, 2] },
      { data: new Float32Array(2), shape: [-1, -2] }, { data: ['a', 'b'], shape: [1, 2] }, null, undefined, 3, [[1, 2, 3]], { inputs: [[1, 2]] },
    ]) {
      const fresh = line();
      const words = await problemOf(() => fresh.predict(x as never));
      fresh.dispose();
      for (let i = 0; i < 2; i++) expect(read(net.predict(row(0, 1)))).toEqual([5]);
      expect(await problemOf(() => net.predict(x as never))).toBe(words);
    }
    expect(await problemOf(() => net.predict(row(1, 1), { batchsize: 2 } as never))).toContain('did you mean "batchSize"');
    net.dispose();
    expect(await problemOf(() => net.predict(row(0, 1)))).toContain('was disposed of');
  });

  it('gives a shape that was changed after the call no credit', async () => {
    const square = sequential([input({ shape: [null, 2] }), dense({ units: 1, kernelInitializer: 'ones' })]);
    const shape = [1, 3, 2];
    for (let i = 0; i < often; i++) square.predict({ data: new Float32Array(6), shape }).dispose();
    shape.splice(0, 3, 1, 2, 3);
    expect(await problemOf(() => square.predict({ data: new Float32Array(6), shape }))).toBe('predict: x: must have examples of shape [?, 2], got [2, 3]');
    square.dispose();
  });

  it('goes through models of several outputs', () => {
    const x = input({ shape: [2] });
    const net = model({ inputs: x, outputs: { sum: dense({ units: 1, kernelInitializer: 'ones' })(x), same: dense({ units: 2, kernelInitializer: 'identity' })(x) } });
    for (let i = 0; i < often; i++) {
      const { sum, same } = net.predict(row(i, 1));
      expect([read(sum), read(same)]).toEqual([[i + 1], [i, 1]]);
    }
    net.dispose();
  });
});

describe.each(engines)('what was predicted, on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  const identity = () => {
    const net = sequential([input({ shape: [2] }), dense({ units: 2, kernelInitializer: 'identity' })]);
    for (let i = 0; i < often; i++) net.predict(row(i, 10)).dispose();
    return net;
  };

  it('are tensors like any others, which outlive the model', async () => {
    const net = identity();
    const before = tf.memory();
    const y = net.predict(row(3, 4));
    expect(y).toBeInstanceOf(tf.Tensor);
    expect([y.shape, y.dtype, y.size, y.isDisposed]).toEqual([[1, 2], 'float32', 2, false]);
    const { numTensors, numBytes, numDataBuffers } = tf.memory();
    expect([numTensors, numBytes, numDataBuffers]).toEqual([before.numTensors + 1, before.numBytes + 8, before.numDataBuffers + 1]);
    // What is done with numbers that were read is nobody else's.
    y.dataSync().fill(0);
    expect(y.arraySync()).toEqual([[3, 4]]);
    expect([...await y.data()]).toEqual([3, 4]);
    net.predict(row(5, 6)).dispose();
    net.dispose();
    expect(read(tf.add(y, 1))).toEqual([4, 5]);
    const flat = tf.reshape(y, [2]);
    const copy = y.clone();
    y.dispose();
    expect(y.isDisposed).toBe(true);
    expect(() => y.dataSync()).toThrow('disposed');
    expect(read(tf.sum(tf.mul(flat, flat)))).toEqual([25]);
    expect([read(flat), read(copy)]).toEqual([[3, 4], [3, 4]]);
  });

  it('are counted until they are disposed of, used or not', () => {
    const net = identity();
    const counts = () => (({ numTensors, numBytes, numDataBuffers }) => [numTensors, numBytes, numDataBuffers])(tf.memory());
    const before = counts();
    const y = net.predict(row(3, 4));
    y.dispose();
    y.dispose();
    expect(counts()).toEqual(before);
    expect(() => y.dataSync()).toThrow('disposed');
    expect(() => tf.add(y, 1)).toThrow();
    expect(counts()).toEqual(before);
    const used = net.predict(row(3, 4));
    tf.add(used, 1).dispose();
    const copy = used.clone();
    used.dispose();
    expect(read(copy)).toEqual([3, 4]);
    expect(counts()).toEqual(before);
    // Made in a scope, and first used in one inside it.
    expect(tf.tidy(() => {
      const inner = net.predict(row(5, 6));
      const [sum] = tf.tidy(() => tf.sum(inner).dataSync());
      return tf.tidy(() => sum! + inner.dataSync()[0]!) as never;
    })).toBe(16);
    expect(counts()).toEqual(before);
    const kept = tf.tidy(() => net.predict(row(7, 8)));
    expect(read(kept)).toEqual([7, 8]);
    expect(counts()).toEqual(before);
    net.dispose();
  });

  it('become variables, slopes, and other models\' data', async () => {
    const net = identity();
    const variable = tf.variable(net.predict(row(3, 4)));
    const other = net.predict(row(5, 6));
    variable.assign(other);
    other.dispose();
    expect(read(variable)).toEqual([5, 6]);
    const slope = tf.grad((x) => tf.sum(tf.square(x)))(net.predict(row(3, 4)));
    expect(read(slope)).toEqual([6, 8]);
    const y = net.predict(row(3, 4));
    for (let i = 0; i < often; i++) expect(read(net.predict(y))).toEqual([3, 4]);
    const joined = tf.concat([y, y]);
    expect(read(joined)).toEqual([3, 4, 3, 4]);
    y.dispose();
    net.dispose();
  });

  it('are right when the weights have been on another engine in between', async () => {
    const net = identity();
    try {
      await setBackend('cpu');
      tf.dispose(net.getWeights());
      await setBackend(engine);
      // What lies where the weights were.
      const others = Array.from({ length: 20 }, () => tf.fill([4], 9));
      for (let i = 0; i < often; i++) expect(read(net.predict(row(3, i)))).toEqual([3, i]);
      tf.dispose(others);
    } finally {
      await setBackend(engine);
      net.dispose();
    }
  });

  it('go along to another engine', async () => {
    const net = identity();
    const [before, y, z] = [tf.memory().numTensors, net.predict(row(3, 4)), net.predict(row(5, 6))];
    try {
      await setBackend('cpu');
      expect(read(tf.add(y, z))).toEqual([8, 10]);
      await setBackend(engine);
      expect(read(tf.sub(y, z))).toEqual([-2, -2]);
      tf.dispose([y, z]);
      expect(tf.memory().numTensors).toBe(before);
    } finally {
      await setBackend(engine);
      net.dispose();
    }
  });
});
