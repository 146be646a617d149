import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import type { Shape } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { ends, margins, type Ends } from './shared/margins.ts';
import { dataFormat, spaceOf, spaceShape, type DataFormat } from './shared/space.ts';

function paddedShape(input: Shape, padding: readonly Ends[], format: DataFormat): Shape {
  const { space, channels } = spaceOf(input, format);
  return spaceShape(space.map((length, i) => (length === null ? null : length + padding[i]![0] + padding[i]![1])), channels, format);
}

function padded(x: Tensor, padding: readonly Ends[], format: DataFormat): Tensor {
  const start = format === 'channelsFirst' ? 2 : 1;
  return tf.pad(x, x.shape.map((_, i): [number, number] => [...(padding[i - start] ?? [0, 0])]));
}

/** Puts steps of zeros at both ends of a sequence: `[steps, features]` → `[more, features]`. */
export const zeroPadding1d = defineLayer({
  kind: 'zeroPadding1d',
  keras: { name: 'ZeroPadding1D' },
  options: z.strictObject({ padding: ends.prefault(1), dataFormat }),
  rank: 2,
  integers: true,
  build: (options, input, { dtype }) => ({ output: paddedShape(input, [options.padding], options.dataFormat), dtype }),
  call: (x, { options }) => padded(x, [options.padding], options.dataFormat),
});

const zeroPadding = <const K extends string>(kind: K, name: string, axes: 2 | 3) => defineLayer({
  kind,
  keras: { name },
  options: z.strictObject({ padding: margins(axes).prefault(1), dataFormat }),
  rank: axes + 1,
  integers: true,
  build: (options, input, { dtype }) => ({ output: paddedShape(input, options.padding, options.dataFormat), dtype }),
  call: (x, { options }) => padded(x, options.padding, options.dataFormat),
});

/** Frames an image with zeros: `padding: [[top, bottom], [left, right]]`. */
export const zeroPadding2d = zeroPadding('zeroPadding2d', 'ZeroPadding2D', 2);
/** Frames a volume with zeros: `padding: [[front, back], [top, bottom], [left, right]]`. */
export const zeroPadding3d = zeroPadding('zeroPadding3d', 'ZeroPadding3D', 3);
