/** What tests of convolutions compute by definition. */

/** Numbers that look random, the same each time. */
export const numbers = (n: number, seed: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(1 + seed + 12.9898 * i) * 43758.5453 % 1);

/** Cells in front of the input, and outputs, along an axis. */
export function along(size: number, window: number, stride: number, dilation: number, pad: 'same' | 'valid') {
  const span = (window - 1) * dilation + 1;
  if (pad === 'valid') return { front: 0, out: Math.floor((size - span) / stride) + 1 };
  const out = Math.ceil(size / stride);
  return { front: Math.floor(Math.max(0, (out - 1) * stride + span - size) / 2), out };
}
