import { expect } from 'vitest';
import { tf } from '../../src/core/tensor.ts';

/** After the run there are as many tensors as before. */
export async function expectNoTensorLeft(run: () => unknown): Promise<void> {
  const before = tf.memory().numTensors;
  await run();
  expect(tf.memory().numTensors).toBe(before);
}
