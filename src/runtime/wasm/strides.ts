/** Sizes of axes, and for each of some operands how far it moves along each axis. */
export interface Walk {
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** The strides of contiguous sizes. */
export function contiguous(sizes: readonly number[]): number[] {
  const strides = Array<number>(sizes.length);
  let stride = 1;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= sizes[axis]!;
  }
  return strides;
}

/** The strides of a contiguous operand that is repeated to `sizes`: 0 along the axes that it lacks or has once. */
export function repeated(shape: readonly number[], sizes: readonly number[]): number[] {
  const own = contiguous(shape);
  const missing = sizes.length - shape.length;
  return sizes.map((size, axis) => (axis < missing || (shape[axis - missing] === 1 && size !== 1) ? 0 : own[axis - missing]!));
}

/** The same walk with as few axes as will do, at least one: axes of size 1 are left out, and two become one where all operands go through them as through one. */
export function collapse({ sizes, strides }: Walk): { sizes: number[]; strides: number[][] } {
  const few: number[] = [];
  const moves: number[][] = strides.map(() => []);
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const size = sizes[axis]!;
    if (size === 1) continue;
    if (few.length > 0 && moves.every((own, i) => strides[i]![axis] === own[0]! * few[0]!)) {
      few[0]! *= size;
      continue;
    }
    few.unshift(size);
    moves.forEach((own, i) => own.unshift(strides[i]![axis]!));
  }
  if (few.length > 0) return { sizes: few, strides: moves };
  return { sizes: [1], strides: strides.map(() => [1]) };
}

/**
 * Calls `run` for walks of exactly `axes` axes: shorter ones begin with axes of size 1; of longer ones the first axes are gone through here.
 * `strides`: those of the first operand, then those of the second, and so on; `offsets`: where each operand then begins.
 */
export function inAxes({ sizes, strides }: Walk, axes: number, run: (sizes: number[], strides: number[], offsets: number[]) => void): void {
  const pad = Array<number>(Math.max(0, axes - sizes.length)).fill(1);
  const none = pad.map(() => 0);
  const split = Math.max(0, sizes.length - axes);
  const inner = [...pad, ...sizes.slice(split)];
  const moves = strides.flatMap((own) => [...none, ...own.slice(split)]);
  let offsets = [strides.map(() => 0)];
  for (let axis = 0; axis < split; axis++) {
    offsets = offsets.flatMap((from) => Array.from({ length: sizes[axis]! }, (_, i) => from.map((offset, operand) => offset + i * strides[operand]![axis]!)));
  }
  for (const each of offsets) run(inner, moves, each);
}
