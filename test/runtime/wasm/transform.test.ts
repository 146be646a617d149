/** Images moved by projective maps: numbers from `test/golden/transform.py`, which asks TensorFlow. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { tf } from '../../../src/core/tensor.ts';
import { setBackend } from '../../../src/runtime/choose.ts';
import { engines } from '../../engines.ts';
import { expectClose } from '../../helpers/close.ts';
import { canRecord, expectSameRecorded } from '../../helpers/recording.ts';

interface Case {
  readonly shape: [number, number, number, number];
  readonly transforms: number[][];
  readonly interpolation: 'nearest' | 'bilinear';
  readonly fillMode: 'constant' | 'reflect' | 'wrap' | 'nearest';
  readonly fillValue: number;
  readonly outputShape?: [number, number];
  readonly output: readonly number[];
}
const cases = JSON.parse(readFileSync(new URL('../../golden/transform.json', import.meta.url), 'utf8')) as readonly Case[];

const image = (shape: number[]) => tf.tensor4d(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => 3 * Math.sin(0.7 * i)), shape as Case['shape']);

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.for(cases.map((each) => [`${each.interpolation} with ${each.fillMode}, [${each.shape}] to ${each.outputShape ?? 'the same size'}`, each] as const))(
    '%s', ([, { shape, transforms, interpolation, fillMode, fillValue, outputShape, output }]) => tf.tidy(() => {
      const y = tf.image.transform(image(shape), tf.tensor2d(transforms), interpolation, fillMode, fillValue, outputShape);
      expect(y.shape).toEqual([shape[0], ...(outputShape ?? shape.slice(1, 3)), shape[3]]);
      expectClose(y.dataSync(), output, { rtol: 1e-5, atol: 1e-5 });
    }),
  );

  test('above a mirrored image are its first rows', () => tf.tidy(() => {
    const column = tf.tensor4d([1, 2, 3, 4], [1, 4, 1, 1]);
    const moved = (by: number, fillMode: Case['fillMode']) => [...tf.image.transform(column, tf.tensor2d([[1, 0, 0, 0, 1, by, 0, 0]]), 'bilinear', fillMode, 9).dataSync()];
    expect(moved(-2, 'reflect')).toEqual([2, 1, 1, 2]);
    expect(moved(2, 'reflect')).toEqual([3, 4, 4, 3]);
    expect(moved(-1.5, 'reflect')).toEqual([1.5, 1, 1.5, 2.5]);
    expect(moved(-2, 'wrap')).toEqual([3, 4, 1, 2]);
    expect(moved(-1.5, 'nearest')).toEqual([1, 1, 1.5, 2.5]);
    expect(moved(-1.5, 'constant')).toEqual([9, 5, 1.5, 2.5]);
  }));

  test.runIf(canRecord())('a recorded step moves each batch by its own map', () => tf.tidy(() => {
    const data = image([4, 3, 5, 2]);
    const maps = tf.tensor2d([[1, 0, 0.3, 0, 1, -1.7, 0, 0], [0.8, -0.6, 1, 0.6, 0.8, -1, 0, 0], [1, 0, -4, 0, 1, 4, 0, 0], [2, 0, 0, 0, 2, 0, 0, 0]]);
    for (const mode of ['constant', 'reflect', 'wrap', 'nearest'] as const) {
      const declined = expectSameRecorded([tf.zeros([2, 3, 5, 2])], [data, maps], ([sum], [images, map]) => [
        tf.add(tf.mul(sum!, 0.5), tf.image.transform(images as tf.Tensor4D, tf.mul(map!, 1.5) as tf.Tensor2D, 'bilinear', mode, 1)),
      ]);
      expect(declined).toBeUndefined();
    }
  }));
});
