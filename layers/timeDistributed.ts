import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { layerOption } from '../src/core/layer.ts';
import { sized } from '../src/core/shape.ts';
import { tf } from '../src/core/tensor.ts';

/**
 * Applies a layer (or a model) to each step of a sequence by itself: `[steps, …]` → `[steps, …]`. The steps of all examples go
 * through in one batch, whose statistics are those that a batchNormalization inside sees.
 */
export const timeDistributed = defineLayer({
  kind: 'timeDistributed',
  keras: { name: 'TimeDistributed' },
  options: z.strictObject({ layer: layerOption }),
  rank: { atLeast: 2 },
  integers: true,
  mask: 'pass',
  layers: ({ layer }) => ({ layer }),
  build({ layer }, [steps, ...step], { inner, dtype, batchSize }) {
    const output = inner.layer!(sized(...step)).map((shape) => sized(steps!, ...shape));
    return { output, dtype: layer.plan([{ shape: sized(...step), dtype, batchSize }]).outputs[0]!.dtype };
  },
  call(x, { inner, mask }) {
    const [batch, steps, ...sizes] = x.shape as [number, number, ...number[]];
    // A mask of the steps says nothing about what lies within one.
    const within = mask && mask.rank > 2 ? tf.reshape(mask, [batch * steps, ...mask.shape.slice(2)]) : undefined;
    return inner.layer!({ tensor: tf.reshape(x, [batch * steps, ...sizes]), mask: within })
      .map(({ tensor }) => tf.reshape(tensor, [batch, steps, ...tensor.shape.slice(1)]));
  },
});
