import { z } from 'zod';
import { activate, activatedShape, activation as option } from '../src/core/activations.ts';
import { defineLayer } from '../src/core/defineLayer.ts';

/** Puts its input through an activation function: `activation({ activation: 'gelu' })`. Shapes stay. */
export const activation = defineLayer({
  kind: 'activation',
  keras: { name: 'Activation' },
  options: z.strictObject({ activation: option }),
  mask: 'pass',
  build: (options, input) => ({ output: activatedShape('activation', options.activation, input) }),
  call: (x, { options }) => activate(options.activation, x),
});
