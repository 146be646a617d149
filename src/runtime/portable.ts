/** tfjs's plain JavaScript engine, for a while beside the one in use: it has tfjs's own kernels and no others, so that what runs on it can be told to other programs. */
import { ModelError } from '../core/errors.ts';
import { tf } from '../core/tensor.ts';
import { registerCpuRandom } from './cpuRandom.ts';

/** Makes the engine ready; the one in use stays in use. */
export async function preparePortable(): Promise<void> {
  await import('@tensorflow/tfjs-backend-cpu');
  registerCpuRandom();
}

/** Switches engines at once: tfjs promises it, but waits only for one that is not ready. */
function switchTo(backend: string): void {
  void tf.setBackend(backend);
  if (tf.getBackend() !== backend) throw new ModelError('engine', `"${backend}" does not start`);
}

/** Does some work on the portable engine, which is ready; nothing else gets to run meanwhile. */
export function onPortable<T>(work: () => T): T {
  const before = tf.getBackend();
  switchTo('cpu');
  try {
    Object.assign(tf.backend(), { firstUse: false });
    return work();
  } finally {
    switchTo(before);
  }
}
