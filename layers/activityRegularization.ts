import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { formulaOf } from '../src/core/part.ts';
import { l1l2 } from '../src/core/regularizers.ts';
import { tf } from '../src/core/tensor.ts';

const share = z.number().nonnegative().default(0);

/** Adds `l1 · Σ|x| + l2 · Σx²`, divided by the batch size, to the loss. Gives its input on as it is. */
export const activityRegularization = defineLayer({
  kind: 'activityRegularization',
  keras: { name: 'ActivityRegularization' },
  options: z.strictObject({ l1: share, l2: share }),
  mask: 'pass',
  build: (_, input) => ({ output: input }),
  call(x, { options, penalize }) {
    penalize(tf.div(formulaOf(l1l2(options))(x), x.shape[0]!));
    return x;
  },
});
