import { ModelError } from '../../src/core/errors.ts';
import { show, type Shape } from '../../src/core/shape.ts';

/** The size of an axis that weights depend on, which must therefore not vary. `what` is that axis in words. */
export function known(where: string, what: string, size: number | null | undefined, input: Shape): number {
  if (typeof size === 'number') return size;
  throw new ModelError(where, `needs to know the number of ${what}, but here one example is ${show(input)}; give a number in the input's shape`);
}
