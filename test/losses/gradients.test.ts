import { beforeAll, describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectSlopes } from '../helpers/slopes.ts';
import { lossCases } from './cases.ts';

describe.each(engines)('gradients of losses are their slopes on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  it.each(lossCases)('$kind $i', ({ make, y, p, both }) => {
    const loss = make();
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const target = tf.tensor(y as number[][]);
      const prediction = tf.tensor(p as number[][]);
      // Weights that differ, so that what flows back to each value counts.
      const total = (values: Tensor) => tf.sum(tf.mul(values, tf.add(tf.range(0, values.size), 1).reshape(values.shape)));
      expectSlopes((x) => total(loss(target, x)), prediction);
      if (both) expectSlopes((x) => total(loss(x, prediction)), target);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
