/** Formulas that users give: losses and metrics. What goes wrong in them is told with their names. */
import { inWords, ModelError } from '../core/errors.ts';
import { tf, type Tensor } from '../core/tensor.ts';

/** What a formula gives; what it throws is told with its name. */
export function computed<T>(what: string, formula: () => T): T {
  try {
    return formula();
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError(what, `failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** What a user's formula gave. @throws ModelError if it is no tensor. */
export function mustBeTensor(what: string, given: unknown): Tensor {
  if (given instanceof tf.Tensor) return given;
  throw new ModelError(what, `must give a tensor, got ${inWords(given)}; compute with tf operations`);
}
