import { defineAdam } from './adam.ts';

/** Adam with weight decay apart from the gradient. Loshchilov and Hutter, 2019. */
export const adamW = defineAdam({
  kind: 'adamW', weightDecay: 0.004,
  // Keras's AdamW takes no null here.
  keras: { name: 'AdamW', write: (config) => ({ ...config, weight_decay: config.weight_decay ?? 0 }) },
});
