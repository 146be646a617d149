/** Weights, as a layer declares them. */
import type { z } from 'zod';
import type { Constraint } from './constraints.ts';
import { initializer, type Initializer } from './initializers.ts';
import { formulaOf } from './part.ts';
import type { Regularizer } from './regularizers.ts';
import type { Tensor } from './tensor.ts';

/** A weight as a layer declares it; the model makes it. */
export interface WeightSpec {
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  readonly trainable: boolean;
  readonly regularizer: Regularizer | undefined;
  readonly constraint: Constraint | undefined;
  /** Whether it goes into files and `getWeights()`: a stateful layer's memory does not. */
  readonly saved: boolean;
  readonly dtype: 'float32' | 'int32';
}

interface WeightOptions {
  readonly trainable?: boolean;
  readonly regularizer?: Regularizer | null | undefined;
  readonly constraint?: Constraint | null | undefined;
  readonly saved?: boolean;
  readonly dtype?: 'float32' | 'int32';
}

/** Declares a weight: its sizes, how it starts, and what else holds for it. */
export const weight = (
  sizes: readonly number[], start: z.input<typeof initializer>,
  { trainable = true, regularizer, constraint, saved = true, dtype = 'float32' }: WeightOptions = {},
): WeightSpec => ({
  // One that a layer made of others goes as it is: by its name alone it could not be found again.
  shape: sizes, initializer: typeof start === 'object' && formulaOf(start as Initializer) ? start as Initializer : initializer.parse(start), trainable, regularizer: regularizer ?? undefined, constraint: constraint ?? undefined, saved, dtype,
});

export type WeightSpecs = Readonly<Record<string, WeightSpec | undefined>>;
/** The tensors that a layer is handed: the keys that it declared, optional where it made them optional. */
export type Held<W> = { readonly [K in keyof W]: undefined extends W[K] ? Tensor | undefined : Tensor };
