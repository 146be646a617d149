/** Gamma and beta: what normalizing layers learn. */
import { z } from 'zod';
import { constraint } from '../../src/core/constraints.ts';
import { initializer } from '../../src/core/initializers.ts';
import { weight, type WeightSpec } from '../../src/core/weight.ts';
import { regularizer } from '../../src/core/regularizers.ts';

export const scaleAndShift = {
  /** Whether to add beta. */
  center: z.boolean().default(true),
  /** Whether to multiply by gamma. */
  scale: z.boolean().default(true),
  betaInitializer: initializer.prefault('zeros'),
  gammaInitializer: initializer.prefault('ones'),
  betaRegularizer: regularizer,
  gammaRegularizer: regularizer,
  betaConstraint: constraint,
  gammaConstraint: constraint,
};

export const scaleAndShiftWeights = (sizes: readonly number[], options: z.output<z.ZodObject<typeof scaleAndShift>>): { gamma: WeightSpec | undefined; beta: WeightSpec | undefined } => ({
  gamma: options.scale ? weight(sizes, options.gammaInitializer, { regularizer: options.gammaRegularizer, constraint: options.gammaConstraint }) : undefined,
  beta: options.center ? weight(sizes, options.betaInitializer, { regularizer: options.betaRegularizer, constraint: options.betaConstraint }) : undefined,
});
