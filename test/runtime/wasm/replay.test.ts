/** Recorded steps of the embedded engine: to the last bit what the same operations come to one after the other, in less memory. */
import { beforeAll, describe, expect, test } from 'vitest';
import { recorderOf } from '../../../src/core/recorder.ts';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { heap } from '../../../src/runtime/wasm/heap.ts';
import { startWasm } from '../../../src/runtime/wasm/start.ts';
import { atOnce } from '../../../src/core/phases.ts';

type Step = (state: readonly Tensor[], batch: readonly Tensor[]) => readonly Tensor[];

/** Numbers that try what operations do at the edges, among ordinary ones. */
const numbers = (shape: number[], first = 0): Tensor => {
  const edges = [0, -0, 1, -1, 0.5, -2.5, NaN, Infinity, -Infinity, 1e-40, 3e38, 7];
  return tf.tensor(Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => ((i + first) % 3 === 0 ? edges[(i / 3 + first) % edges.length | 0]! : Math.sin(i + first) * 3)), shape);
};

/** State after two steps, eager and recorded. */
function bothWays(start: readonly Tensor[], data: Tensor, step: Step): { eager: (readonly number[])[]; recorded: (readonly number[])[] } {
  const recorder = recorderOf('wasm')!;
  const half = data.shape[0]! / 2;
  const rows = (from: number) => tf.slice(data, from, half);
  const eager = tf.tidy(() => step(step(start, [rows(0)]), [rows(half)]).map((tensor) => [...tensor.dataSync()]));
  const state = start.map((tensor) => recorder.duplicate(tensor));
  const batch = recorder.duplicate(tf.tidy(() => rows(0)));
  const made = atOnce(recorder.record({ state, batch: [batch], data: [data], step }));
  if ('declined' in made) throw new Error(made.declined);
  made.recording.run(Uint32Array.from({ length: 2 * half }, (_, i) => i));
  const recorded = state.map((tensor) => [...tensor.dataSync()]);
  made.recording.dispose();
  tf.dispose([...state, batch]);
  return { eager, recorded };
}

const expectSame = (start: readonly Tensor[], data: Tensor, step: Step): void => {
  const { eager, recorded } = bothWays(start, data, step);
  expect(recorded).toEqual(eager);
  tf.dispose([...start, data]);
};

beforeAll(() => startWasm());

describe('what works element by element becomes loops', () => {
  test.each([1, 2, 3, 4, 5, 7, 8, 31, 64])('of %i numbers', (n) => {
    expectSame([numbers([n])], numbers([2, n], 5), ([w], [x]) => {
      const row = tf.reshape(x!, [n]);
      const a = tf.add(tf.mul(w!, 0.9), tf.sub(row, w!));
      const b = tf.div(tf.square(a), tf.add(tf.sqrt(tf.abs(row)), 1e-7));
      return [tf.minimum(tf.maximum(tf.sub(b, a), -2), tf.clipByValue(row, -1, 1.5))];
    });
  });

  test.each<[string, (x: Tensor, w: Tensor) => Tensor]>([
    ['relu', (x) => tf.relu(x)], ['relu6', (x) => tf.relu6(x)], ['leakyRelu', (x) => tf.leakyRelu(x, 0.3)], ['prelu', (x, w) => tf.prelu(x, w)],
    ['step', (x) => tf.step(x, 0.25)], ['neg', (x) => tf.neg(x)], ['floor', (x) => tf.floor(x)], ['ceil', (x) => tf.ceil(x)], ['round', (x) => tf.round(x)],
    ['rsqrt', (x) => tf.rsqrt(x)], ['reciprocal', (x) => tf.reciprocal(x)], ['squaredDifference', (x, w) => tf.squaredDifference(x, w)],
    ['divNoNan', (x, w) => tf.divNoNan(x, w)], ['floorDiv', (x, w) => tf.floorDiv(x, w)], ['fill', (x) => tf.add(tf.zerosLike(x), tf.fill(x.shape, -0.5))],
    ['where', (x, w) => tf.where(tf.greater(x, w), x, tf.mul(w, 2))], ['less and not equal', (x, w) => tf.cast(tf.logicalAnd(tf.less(x, w), tf.notEqual(x, tf.scalar(1))), 'float32')],
    ['not or at least', (x, w) => tf.cast(tf.logicalNot(tf.logicalOr(tf.greaterEqual(x, w), tf.lessEqual(x, tf.scalar(0)))), 'float32')],
    ['equal', (x, w) => tf.where(tf.equal(x, w), w, x)], ['where of truths', (x, w) => tf.cast(tf.where(tf.greater(x, w), tf.less(x, 1), tf.greater(w, -1)), 'float32')], ['elu and its slope', (x) => tf.grad((t: Tensor) => tf.elu(t))(x)],
  ])('%s', (_, compute) => {
    // Before and after it something that it is put together with.
    expectSame([numbers([6, 5], 1)], numbers([12, 5], 4), ([w], [x]) => [tf.mul(compute(tf.add(x!, 0), tf.mul(w!, 1)), 0.5)]);
  });

  test('of whole numbers', () => {
    const whole = (shape: number[], first: number) => tf.tensor(Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => (i * 7 + first) % 11 - 5), shape, 'int32');
    expectSame([whole([3, 6], 1), whole([], 3)], whole([6, 6], 2), ([w, count], [x]) => {
      const sum = tf.add(tf.mul(w!, x!), count!);
      return [tf.maximum(tf.minimum(sum, whole([3, 6], 9)), tf.sub(x!, w!)), tf.add(count!, tf.scalar(1, 'int32'))];
    });
  });

  test.each<[string, number[], number[]]>([
    ['rows', [5], [4, 5]], ['columns', [4, 1], [4, 5]], ['a number', [], [4, 5]], ['the middle of three axes', [2, 1, 6], [2, 3, 6]], ['both ends of three axes', [3, 1], [2, 3, 6]],
    ['every other of four axes', [2, 1, 3, 1], [2, 3, 3, 4]], ['rows of two numbers', [2], [6, 2]],
  ])('that repeat %s', (_, small, large) => {
    const given = numbers(small, 2);
    const other = numbers(large.map((n, i) => (i === 0 ? 1 : n)), 3);
    expectSame([numbers(large)], numbers([2 * large[0]!, ...large.slice(1)], 7), ([w], [x]) => {
      const a = tf.mul(tf.add(w!, given), 0.5);
      return [tf.sub(tf.mul(tf.add(a, x!), given), tf.mul(other, tf.sub(x!, 1)))];
    });
    tf.dispose([given, other]);
  });

  test('more of them than fit into one', () => {
    expectSame([numbers([37])], numbers([2, 37], 3), ([w], [x]) => {
      const row = tf.reshape(x!, [37]);
      let y = w!;
      for (let i = 0; i < 60; i++) y = tf.add(tf.mul(y, 0.75), i % 2 ? row : tf.neg(row));
      return [y];
    });
  });
});

describe('operations that are not ibex’s kernels are run again as they are', () => {
  const images = (x: Tensor, channels = 4) => tf.reshape(x, [-1, 4, 4, channels]) as tf.Tensor4D;

  test.each<[string, (x: Tensor) => Tensor]>([
    ['asin', (x) => tf.asin(x)], ['tan', (x) => tf.tan(x)], ['cosh', (x) => tf.cosh(x)], ['atan2', (x) => tf.atan2(x, tf.scalar(0.5))], ['mod', (x) => tf.mod(x, tf.scalar(0.7))],
    ['local response normalization and its slope', (x) => tf.grad((t: Tensor) => tf.localResponseNormalization(t as tf.Tensor4D))(images(x))],
    ['spaceToBatch and back', (x) => tf.batchToSpaceND(tf.mul(tf.spaceToBatchND(images(x), [2, 2], [[0, 0], [0, 0]]), 2), [2, 2], [[0, 0], [0, 0]])],
    ['a turned image', (x) => tf.image.rotateWithOffset(images(x), 0.4)], ['whole numbers’ largest', (x) => tf.cast(tf.max(tf.cast(tf.clipByValue(tf.where(tf.isNaN(x), tf.zerosLike(x), x), -9, 9), 'int32'), 1), 'float32')],
  ])('%s', (_, compute) => {
    const finite = (n: number) => tf.tensor(Array.from({ length: n * 64 }, (_, i) => Math.sin(i * 1.3) * 0.9), [n, 64]);
    // In two places, with what comes before and after.
    expectSame([finite(2)], finite(4), ([w], [x]) => {
      const a = compute(tf.mul(tf.add(w!, x!), 0.4));
      const b = compute(tf.sub(w!, tf.mul(x!, 0.1)));
      return [tf.mul(tf.add(w!, tf.sum(tf.mul(a, b))), 0.01)];
    });
  });

  test('but not those whose results go by chance or change their size', () => {
    const recorder = recorderOf('wasm')!;
    const [state, batch, data] = [[tf.scalar(0)], [tf.ones([1, 4])], [tf.ones([2, 4])]];
    const made = atOnce(recorder.record({ state, batch, data, step: ([s], [x]) => [tf.add(s!, tf.sum(tf.cast(tf.multinomial(x as tf.Tensor2D, 3), 'float32')))] }));
    expect(made).toEqual({ declined: 'the operation Multinomial cannot be run again on other numbers' });
    tf.dispose([state, batch, data]);
  });

  test('and tensors of them do not grow in number', () => {
    const recorder = recorderOf('wasm')!;
    const [state, batch, data] = [[tf.scalar(0)], [tf.ones([1, 4])], [tf.ones([2, 4])]];
    const made = atOnce(recorder.record({ state, batch, data, step: ([s], [x]) => [tf.add(s!, tf.sum(tf.tan(x!)))] }));
    if ('declined' in made) throw new Error(made.declined);
    const run = () => {
      for (let i = 0; i < 50; i++) made.recording.run(Uint32Array.of(0, 1));
      return [heap.backend.numDataIds(), tf.memory().numTensors, heap.module.HEAPU8.length];
    };
    const before = run();
    expect(run()).toEqual(before);
    made.recording.dispose();
    tf.dispose([state, batch, data]);
  });
});

test('indices that a step computes are there for who looks at them, as it is captured and later', () => {
  // An operation whose result lay uncomputed would hold what was left behind in its place.
  const left = tf.fill([4], 1e9, 'int32');
  left.dispose();
  expectSame([tf.tensor1d([10, 20, 30, 40])], tf.tensor2d([[0, 1, 2, 3], [3, 2, 1, 0]]), ([w], [x]) => [
    tf.add(w!, tf.gather(tf.mul(w!, 2), tf.cast(tf.abs(tf.sub(tf.reshape(x!, [4]), tf.scalar(1))), 'int32'))),
  ]);
});

test('a step whose state changes its shape is declined', () => {
  const [state, batch, data] = [[tf.scalar(1)], [tf.ones([1, 2])], [tf.ones([2, 2])]];
  expect(atOnce(recorderOf('wasm')!.record({ state, batch, data, step: ([s]) => [tf.stack([s!, s!])] }))).toEqual({ declined: 'a part of its state comes out as float32 [2], other than it went in' });
  tf.dispose([state, batch, data]);
});

test('a tensor that a step lets out has its numbers', () => {
  const left = tf.fill([2], 1e9);
  left.dispose();
  let out: Tensor | undefined;
  expectSame([tf.scalar(5)], tf.ones([2, 2]), ([s], [x]) => {
    out?.dispose();
    out = tf.keep(tf.add(tf.sum(x!, 0), s!));
    return [tf.add(s!, 1)];
  });
  expect([...out!.dataSync()]).toEqual([6, 6]);
  out!.dispose();
});

describe('the state', () => {
  test('changes places, is repeated, stays, and becomes a constant', () => {
    const start = [numbers([8]), numbers([8], 5), numbers([8], 2), numbers([8], 3), numbers([8], 4)];
    const constant = numbers([8], 9);
    expectSame(start, numbers([2, 8], 6), ([a, b, c, d, e], [x]) => {
      const sum = tf.add(tf.reshape(x!, [8]), tf.mul(e!, 0.5));
      return [b!, a!, c!, constant, tf.add(sum, d!)];
    });
    constant.dispose();
  });

  test('is read after what follows it has been computed', () => {
    const w = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    expectSame([w, numbers([2, 2], 2)], numbers([4, 2], 1), ([a, b], [x]) => {
      const next = tf.add(a!, x!);
      return [next, tf.add(tf.matMul(a!, next), tf.mul(b!, 0.1))];
    });
  });

  test('is written to twice from one result', () => {
    expectSame([numbers([4]), numbers([4], 3)], numbers([2, 4], 1), ([a, b], [x]) => {
      const sum = tf.add(tf.add(a!, b!), tf.reshape(x!, [4]));
      return [sum, sum];
    });
  });
});

describe('memory', () => {
  test('on the way is used again: a hundred results of a mebibyte take few', () => {
    const recorder = recorderOf('wasm')!;
    const size = 2 ** 18;
    const state = [tf.zeros([size])];
    const data = tf.ones([2, 1]);
    const batch = tf.ones([1, 1]);
    const before = heap.module.HEAPU8.length;
    const made = atOnce(recorder.record({ state, batch: [batch], data: [data], step: ([w], [x]) => {
      let y = tf.add(w!, tf.reshape(x!, []));
      // Neither is a loop with the other.
      for (let i = 0; i < 50; i++) y = tf.exp(tf.sub(tf.reshape(tf.sin(y), [size]), 2));
      return [y];
    } }));
    if ('declined' in made) throw new Error(made.declined);
    // What the capture needed is free again: other tensors find room in it.
    const room = Array.from({ length: 80 }, () => tf.zeros([size]));
    expect(heap.module.HEAPU8.length).toBeLessThanOrEqual(Math.max(before, 256 * 2 ** 20));
    made.recording.run(Uint32Array.of(0, 1));
    expect(room.every((tensor) => tensor.dataSync().every((n) => n === 0))).toBe(true);
    made.recording.dispose();
    tf.dispose([...state, data, batch, ...room]);
  });

  test('is given back with the recording', () => {
    const recorder = recorderOf('wasm')!;
    const tensors = tf.memory().numTensors;
    const sizes = Array.from({ length: 12 }, () => {
      const state = [tf.zeros([2 ** 18])];
      const [data, batch] = [tf.ones([2, 1]), tf.ones([1, 1])];
      const made = atOnce(recorder.record({ state, batch: [batch], data: [data], step: ([w], [x]) => [tf.exp(tf.sin(tf.add(w!, tf.reshape(x!, []))))] }));
      if ('declined' in made) throw new Error(made.declined);
      made.recording.run(Uint32Array.of(0, 1));
      made.recording.dispose();
      tf.dispose([...state, data, batch]);
      return heap.module.HEAPU8.length;
    });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(sizes.at(-1)).toBe(sizes[2]);
  });
});
