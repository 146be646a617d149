/** What holds for whatever a file is made of. */
import { expect } from 'vitest';
import { ModelError, tf, type Model } from 'ibexjs';

/** Seconds of work, and bytes that the process may grow by. */
const mostWork = 2;
const mostMemory = 200 * 2 ** 20;

const working = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/**
 * Reads something; only a model or a ModelError may come of it, before long and without much memory, and no tensor may stay.
 * @param read gives a model that is let go of, or nothing
 */
export async function expectSound(read: () => Promise<Model<never> | void> | Model<never> | void): Promise<'model' | 'error'> {
  const before = { tensors: tf.memory().numTensors, work: working(), memory: process.resourceUsage().maxRSS * 1024 };
  let result: 'model' | 'error' = 'model';
  try {
    const net = await read();
    if (net) {
      if (net.built) net.countParams();
      net.dispose();
    }
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    result = 'error';
  }
  expect(tf.memory().numTensors).toBe(before.tensors);
  expect(working() - before.work, 'seconds of work').toBeLessThan(mostWork);
  expect(process.resourceUsage().maxRSS * 1024 - before.memory, 'bytes of memory').toBeLessThan(mostMemory);
  return result;
}
