/** Losses of segmentation: how little two masks overlap. */
import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { alike } from './alike.ts';

/** The axes to sum over; all of them (then there is one value for the whole batch) where it is `null`. */
const axis = z.union([z.int(), z.array(z.int()).readonly()]).nullable().default(null);
type Axis = z.output<typeof axis>;

const total = (x: Tensor, over: Axis): Tensor => tf.sum(x, over === null ? undefined : (over as number | number[]));

/** `1 - 2 Σ yTrue yPred / (Σ yTrue + Σ yPred + 1e-7)` over `axis`. */
export const dice = defineLoss({
  kind: 'dice',
  keras: { name: 'Dice' },
  options: z.strictObject({ axis }),
  call: ({ axis: over }) => (yTrue, yPred) => {
    const [t, p] = alike('dice', yTrue, yPred);
    return tf.sub(1, tf.div(tf.mul(total(tf.mul(t, p), over), 2), tf.add(tf.add(total(t, over), total(p, over)), 1e-7)));
  },
});

/**
 * `1 - o / (o + alpha Σ yTrue (1 - yPred) + beta Σ yPred (1 - yTrue) + 1e-7)` with the overlap `o = Σ yTrue yPred`, over `axis`:
 * `alpha` weighs what is missed, `beta` what is falsely claimed.
 */
export const tversky = defineLoss({
  kind: 'tversky',
  keras: { name: 'Tversky' },
  options: z.strictObject({ alpha: z.number().default(0.5), beta: z.number().default(0.5), axis }),
  call: ({ alpha, beta, axis: over }) => (yTrue, yPred) => {
    const [t, p] = alike('tversky', yTrue, yPred);
    const both = total(tf.mul(t, p), over);
    const missed = tf.mul(tf.sub(total(t, over), both), alpha);
    const claimed = tf.mul(tf.sub(total(p, over), both), beta);
    return tf.sub(1, tf.div(both, tf.add(tf.add(both, tf.add(missed, claimed)), 1e-7)));
  },
});
