/** The slope of |x| at, below and above 0: Keras's subgradient at 0 is 0. */
import { beforeAll, describe, expect, test } from 'vitest';
import { setBackend, tf } from 'ibexjs';
import { engines } from '../engines.ts';

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));
  test('the gradient of |x| is its sign', () => {
    const slope = tf.tidy(() => tf.grad((x) => tf.sum(tf.abs(x)))(tf.tensor1d([-2, 0, 3])));
    expect([...slope.dataSync()]).toEqual([-1, 0, 1]);
    slope.dispose();
  });
});
