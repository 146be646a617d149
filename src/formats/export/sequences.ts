/** Recurrent layers in a trace as one operation each, for formats that have such. */
import { withoutLookups } from '../../core/lookup.ts';
import { sequenceKernels, type SequenceAttributes } from '../../core/sequence.ts';
import { tf } from '../../core/tensor.ts';

/** Zeros in the shape of the result: what a recording needs to know of an operation. */
function outline({ inputs, attrs }: Parameters<tf.KernelFunc>[0]): tf.TensorInfo {
  const { x, kernel } = inputs as Readonly<Record<string, tf.TensorInfo>>;
  const { returnSequences, returnState } = attrs as unknown as SequenceAttributes;
  const [steps, batch] = x!.shape as [number, number];
  const units = kernel!.shape[0]!;
  const states = Object.keys(inputs).filter((name) => name.startsWith('state')).length;
  if (returnState) return tf.zeros([(returnSequences ? steps : 1) * batch + states * batch, units]);
  return tf.zeros(returnSequences ? [batch, steps, units] : [batch, units]);
}

/** Does some work on the engine in use while that has recurrent layers as one operation each, in outline. */
export function withSequences<T>(work: () => T): T {
  const backendName = tf.getBackend();
  const added = Object.values(sequenceKernels).filter((kernelName) => !tf.getKernel(kernelName, backendName));
  for (const kernelName of added) tf.registerKernel({ kernelName, backendName, kernelFunc: outline });
  try {
    return withoutLookups(work);
  } finally {
    for (const kernelName of added) tf.unregisterKernel(kernelName, backendName);
  }
}
