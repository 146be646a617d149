/** Layers that treat the axes of an image, sequence or volume alike: which axes are space, and which one holds the channels. */
import { z } from 'zod';
import { sized, type Shape } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';

/** Where the channels are: `[…space, channels]` or `[channels, …space]`. */
export const dataFormat = z.enum(['channelsLast', 'channelsFirst']).default('channelsLast');
export type DataFormat = z.output<typeof dataFormat>;

type Sizes = readonly (number | null)[];

/** Splits one example's shape into its axes of space and its channels. */
export const spaceOf = (input: Shape, format: DataFormat): { space: Sizes; channels: number | null } =>
  (format === 'channelsFirst' ? { space: input.slice(1), channels: input[0]! } : { space: input.slice(0, -1), channels: input.at(-1)! });

export const spaceShape = (space: Sizes, channels: number | null, format: DataFormat): Shape =>
  (format === 'channelsFirst' ? sized(channels, ...space) : sized(...space, channels));

/** Puts the channels last, for operations that want them there. */
export const toChannelsLast = (x: Tensor, format: DataFormat): Tensor =>
  (format === 'channelsFirst' ? tf.transpose(x, [0, ...x.shape.slice(2).map((_, i) => i + 2), 1]) : x);

/** Puts channels that are last where the format has them. */
export const fromChannelsLast = (x: Tensor, format: DataFormat): Tensor =>
  (format === 'channelsFirst' ? tf.transpose(x, [0, x.rank - 1, ...x.shape.slice(2).map((_, i) => i + 1)]) : x);
