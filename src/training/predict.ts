/** `predict`: outputs for inputs, batch by batch. */
import { z } from 'zod';
import { parseOptions } from '../core/errors.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { forward } from '../model/forward.ts';
import type { Network } from '../model/network.ts';
import { restore } from '../model/structure.ts';
import { rowsToTensor } from './data.ts';
import { batchSizeOf, checkSize, readInputs, type Data, type Port } from './dataset.ts';

export interface PredictOptions {
  /** Examples that go through the model at once; default 32. */
  readonly batchSize?: number | undefined;
}

const options = z.strictObject({ batchSize: z.int().positive().optional() });

export function predict(network: Network, ports: readonly Port[], x: Data, given: PredictOptions = {}): Tensor | Tensor[] | Record<string, Tensor> {
  const batchSize = batchSizeOf('predict', parseOptions('predict', options, given).batchSize, ports);
  const inputs = readInputs('predict: x', x, ports, network.inputs);
  const length = inputs[0]!.shape[0]!;
  checkSize('predict: x', length, ports);
  const results = tf.tidy(() => {
    const parts: Tensor[][] = [];
    for (let at = 0; at < length; at += batchSize) {
      const rows = Uint32Array.from({ length: Math.min(batchSize, length - at) }, (_, i) => at + i);
      parts.push(tf.tidy(() => {
        const { outputs, updates } = forward(network.graph, inputs.map((array, i) => rowsToTensor(array, rows, ports[i]!.dtype)), { values: new Map(), training: false });
        for (const [variable, tensor] of updates) variable.replace(tf.keep(tf.clone(tensor)));
        return outputs.map(({ tensor }) => tensor);
      }));
    }
    // A result that is a weight or an input itself would be disposed of with it: hence the clone.
    return network.graph.outputs.map((_, i) => (parts.length === 1 ? tf.clone(parts[0]![i]!) : tf.concat(parts.map((part) => part[i]!), 0)));
  });
  return restore(results, network.outputs);
}
