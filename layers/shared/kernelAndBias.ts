import { constraint } from '../../src/core/constraints.ts';
import { initializer } from '../../src/core/initializers.ts';
import { regularizer } from '../../src/core/regularizers.ts';

/** Options of layers that have a kernel and a bias: what they start from, and what holds them. */
export const kernelAndBias = {
  kernelInitializer: initializer.prefault('glorotUniform'),
  biasInitializer: initializer.prefault('zeros'),
  kernelRegularizer: regularizer,
  biasRegularizer: regularizer,
  kernelConstraint: constraint,
  biasConstraint: constraint,
};
