import type { tf } from '../../../core/tensor.ts';

/** The bounds that an activation puts on a sum, if it is no more than that. */
const bounds: Partial<Record<tf.backend_util.Activation, readonly [low: number, high: number]>> = {
  linear: [-Infinity, Infinity],
  relu: [0, Infinity],
  relu6: [0, 6],
};

export const boundsOf = (activation: tf.backend_util.Activation | undefined): readonly [low: number, high: number] | undefined => bounds[activation ?? 'linear'];
