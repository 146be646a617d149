/** How far a window (a kernel, a pool) that slides along the axes of space gets. */
import { ModelError } from '../../src/core/errors.ts';
import { show } from '../../src/core/shape.ts';
import { tuple } from './tuple.ts';

/** `valid` stays inside, `same` pads evenly, `causal` pads in front only. */
export type Padding = 'valid' | 'same' | 'causal';

interface Window {
  /** What an error calls it, and the option that sets its size. */
  readonly noun: string;
  readonly option: string;
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilationRate?: readonly number[];
  readonly padding: Padding;
}

/** How many numbers a window reaches over when it takes every `dilation`-th. */
export const reach = (size: number, dilation: number): number => (size - 1) * dilation + 1;

/**
 * How many places the window has along each axis.
 * @throws ModelError if it does not fit into the input
 */
export function places(where: string, space: readonly (number | null)[], { noun, option, size, strides, dilationRate, padding }: Window): (number | null)[] {
  const reaches = size.map((n, i) => reach(n, dilationRate?.[i] ?? 1));
  return space.map((length, i) => {
    if (length === null) return null;
    if (padding !== 'valid') return Math.ceil(length / strides[i]!);
    if (length < reaches[i]!) {
      throw new ModelError(where, `its ${noun} reaches over ${show(reaches)}, but the input has only ${show(space)}; take a smaller ${option}, padding: "same", or fewer layers that shrink their input before it`);
    }
    return Math.floor((length - reaches[i]!) / strides[i]!) + 1;
  });
}

/** @throws ModelError if a kernel both jumps and is spread, which no engine convolves with */
export function checkSpread(where: string, strides: readonly number[], dilationRate: readonly number[]): void {
  if (Math.max(...strides) === 1 || Math.max(...dilationRate) === 1) return;
  throw new ModelError(where, `takes strides or dilationRate above 1, not both, got strides ${strides.join(' × ')} and dilationRate ${dilationRate.join(' × ')}; leave one at 1`);
}

/** Strides of a depthwise convolution, which TensorFlow wants alike along both axes. */
export const evenStrides = (axes: number) => tuple(axes).refine((strides) => new Set(strides).size === 1, 'must be the same along both axes').prefault(1);
