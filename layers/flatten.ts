import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { size, sized } from '../src/core/shape.ts';
import { tf } from '../src/core/tensor.ts';
import { dataFormat, toChannelsLast } from './shared/space.ts';

/** Lays all axes of an example out in one: `[a, b, …]` → `[a · b · …]`. */
export const flatten = defineLayer({
  kind: 'flatten',
  keras: { name: 'Flatten' },
  options: z.strictObject({ dataFormat }),
  integers: true,
  build: (_, input, { dtype }) => ({ output: sized(size(input)), dtype }),
  call(x, { options }) {
    if (x.rank === 2) return x;
    const batch = x.shape[0]!;
    return tf.reshape(x.rank > 2 ? toChannelsLast(x, options.dataFormat) : x, [batch, x.size / batch]);
  },
});
