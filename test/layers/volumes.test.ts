import { beforeAll, describe, expect, it } from 'vitest';
import { input, sequential, setBackend, tf, type Model } from 'ibexjs';
import { averagePooling3d, conv3d, conv3dTranspose, maxPooling3d } from 'ibexjs/layers';
import { engines } from '../engines.ts';

type Triple = [number, number, number];

describe.each([...engines, 'cpu'] as const)('windows in volumes whose strides are longer than they are, with padding "same", on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  describe.each([0, 1, 2])('along axis %i', (axis) => {
    const along = (n: number) => [0, 1, 2].map((each) => (each === axis ? n : 1)) as Triple;
    const through = (layer: Parameters<typeof sequential>[0][number], numbers: number[]) => {
      const net = sequential([input({ shape: [...along(numbers.length), 1] }), layer]) as Model<tf.Tensor>;
      const y = [...tf.tidy(() => net.predict({ data: Float32Array.from(numbers), shape: [1, ...along(numbers.length), 1] }).dataSync())];
      net.dispose();
      return y;
    };
    const window = (size: number, stride: number) => ({ strides: along(stride), padding: 'same' as const, kernelSize: along(size), filters: 1, kernelInitializer: 'ones' as const });
    const pool = (size: number, stride: number) => ({ poolSize: along(size), strides: along(stride), padding: 'same' as const });

    it('begin at the first cell', () => {
      expect(through(conv3d(window(1, 2)), [1, 2, 3, 4])).toEqual([1, 3]);
      expect(through(conv3d(window(2, 3)), [1, 2, 3, 4, 5, 6])).toEqual([3, 9]);
      expect(through(maxPooling3d(pool(1, 2)), [1, 2, 3, 4])).toEqual([1, 3]);
      expect(through(averagePooling3d(pool(2, 3)), [1, 2, 3, 4, 5, 6])).toEqual([1.5, 4.5]);
    });

    it('and so their transpose does', () => {
      expect(through(conv3dTranspose(window(1, 2)), [1, 2])).toEqual([1, 0, 2, 0]);
      expect(through(conv3dTranspose(window(2, 3)), [1, 2])).toEqual([1, 1, 0, 2, 2, 0]);
    });
  });
});
