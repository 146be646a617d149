/** Windows over frames of a signal, and the Fourier transform of a frame as a kernel. */
import { z } from 'zod';

/** Heights along a window whose `length − 1` is a whole turn. */
const shapes = {
  hann: (turn: number) => 0.5 - 0.5 * Math.cos(turn),
  hamming: (turn: number) => 0.54 - 0.46 * Math.cos(turn),
  blackman: (turn: number) => 0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn),
  bartlett: (turn: number) => 1 - Math.abs(turn / Math.PI - 1),
  boxcar: () => 1,
};

/** A window by name (SciPy's), or its numbers; `null` for none. */
export const windowOption = z.union([z.enum(Object.keys(shapes) as [keyof typeof shapes]), z.array(z.number()).min(1)]).nullable().default('hann');
type Window = z.output<typeof windowOption>;

/** A periodic one goes on into the next frame, a symmetric one ends as it began. */
export function windowOf(window: Window, length: number, periodic: boolean): readonly number[] | undefined {
  if (window === null || typeof window !== 'string') return window ?? undefined;
  if (length === 1) return [1];
  return Array.from({ length }, (_, i) => shapes[window]((2 * Math.PI * i) / (periodic ? length : length - 1)));
}

export interface FrameOptions {
  readonly window: Window;
  readonly periodic: boolean;
  /** What the window is divided by: its Euclidean length, its sum, or nothing. */
  readonly scaling: 'density' | 'spectrum' | null;
}

/** The real or imaginary part of a frame's transform, for half of the frequencies: `[length, 1, frequencies]`. */
export function fourierKernel(side: 'real' | 'imag', [length, , frequencies]: readonly number[], { window, periodic, scaling }: FrameOptions): Float32Array {
  const heights = windowOf(window, length!, periodic);
  const sum = (of: (n: number) => number) => (heights ?? []).reduce((total, n) => total + of(n), 0);
  const divisor = !heights || !scaling ? 1 : scaling === 'density' ? Math.sqrt(sum((n) => n * n)) : sum(Math.abs);
  const part = side === 'real' ? Math.cos : Math.sin;
  return Float32Array.from({ length: length! * frequencies! }, (_, i) => {
    const [at, frequency] = [Math.floor(i / frequencies!), i % frequencies!];
    return (part((-2 * Math.PI * at * frequency) / (2 * (frequencies! - 1))) * (heights?.[at] ?? 1)) / divisor;
  });
}
