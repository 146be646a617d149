import { ModelError } from '../../src/core/errors.ts';
import { show, type Shape } from '../../src/core/shape.ts';

/**
 * The axis that is meant, counted from the batch as 0.
 * @throws ModelError if examples of this shape have no such axis; the batch axis is none of theirs
 */
export function axisOf(where: string, axis: number, input: Shape): number {
  const found = axis < 0 ? axis + input.length + 1 : axis;
  if (found > 0 && found <= input.length) return found;
  throw new ModelError(where, `has no axis ${axis} to work along, since one example is ${show(input)}; take one of ${input.map((_, i) => i + 1).join(', ')}, or -1 for the last (0 is the batch)`);
}
