import { z } from 'zod';
import { defineInitializer, type Initializer } from '../../src/core/initializers.ts';
import { formulaOf } from '../../src/core/part.ts';

/** Draws a kernel of any number of axes as if it were a matrix of so many inputs and outputs, which is what its units see. */
export const asMatrix = (start: Initializer, inputs: number, outputs: number): Initializer =>
  defineInitializer({ kind: start.kind, options: z.strictObject({}), call: () => (_, seed) => formulaOf(start)([inputs, outputs], seed) })();
