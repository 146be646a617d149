import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { show } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { ends, margins, type Ends } from './shared/margins.ts';
import { dataFormat, spaceOf, spaceShape, type DataFormat } from './shared/space.ts';

function croppedSpace(where: string, space: readonly (number | null)[], cropping: readonly Ends[]): (number | null)[] {
  return space.map((length, i) => {
    const [front, back] = cropping[i]!;
    if (length !== null && front + back >= length) throw new ModelError(where, `cannot cut ${front} and ${back} off an axis of ${length}, for nothing would be left of ${show(space)}; take a smaller cropping`);
    return length === null ? null : length - front - back;
  });
}

/** What is left between the margins. */
function cropped(x: Tensor, cropping: readonly Ends[], format: DataFormat): Tensor {
  const start = format === 'channelsFirst' ? 2 : 1;
  const edge = (axis: number): Ends => cropping[axis - start] ?? [0, 0];
  return tf.slice(x, x.shape.map((_, i) => edge(i)[0]), x.shape.map((n, i) => n - edge(i)[0] - edge(i)[1]));
}

/** Cuts steps off both ends of a sequence: `[steps, features]` → `[fewer, features]`. */
export const cropping1d = defineLayer({
  kind: 'cropping1d',
  keras: { name: 'Cropping1D' },
  options: z.strictObject({ cropping: ends.prefault(1) }),
  rank: 2,
  integers: true,
  build({ cropping }, input, { dtype }) {
    const { space, channels } = spaceOf(input, 'channelsLast');
    return { output: spaceShape(croppedSpace('cropping1d', space, [cropping]), channels, 'channelsLast'), dtype };
  },
  call: (x, { options }) => cropped(x, [options.cropping], 'channelsLast'),
});

const cropping = <const K extends string>(kind: K, name: string, axes: 2 | 3, usual: number) => defineLayer({
  kind,
  keras: { name },
  options: z.strictObject({ cropping: margins(axes).prefault(usual), dataFormat }),
  rank: axes + 1,
  integers: true,
  build(options, input, { dtype }) {
    const { space, channels } = spaceOf(input, options.dataFormat);
    return { output: spaceShape(croppedSpace(kind, space, options.cropping), channels, options.dataFormat), dtype };
  },
  call: (x, { options }) => cropped(x, options.cropping, options.dataFormat),
});

/** Cuts the margins off an image: `cropping: [[top, bottom], [left, right]]`. */
export const cropping2d = cropping('cropping2d', 'Cropping2D', 2, 0);
/** Cuts the margins off a volume: `cropping: [[front, back], [top, bottom], [left, right]]`. */
export const cropping3d = cropping('cropping3d', 'Cropping3D', 3, 1);
