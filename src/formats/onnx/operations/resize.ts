/** Images in another resolution. */
import { tf } from '../../../core/tensor.ts';
import { channelsFirst } from '../axes.ts';
import { enlarge } from '../enlargements.ts';
import type { Attribute } from '../messages.ts';
import { only, type Operation, type Operations } from './operation.ts';

interface Attrs { readonly alignCorners: boolean; readonly halfPixelCenters: boolean }

/** Which old point a new one comes from: middles of points over one another, corners over one another, or first points. */
const coordinates = ({ alignCorners, halfPixelCenters }: Attrs) => (halfPixelCenters ? 'half_pixel' : alignCorners ? 'align_corners' : 'asymmetric');

const resize = (how: (attrs: Attrs) => Readonly<Record<string, Attribute>>): Operation => (node, translation) => {
  const attrs = node.attrs as unknown as Attrs;
  const axes = channelsFirst(4);
  const shape = axes.map((axis) => only(node).shape[axis]!);
  const inputs = [translation.read(node.inputs.images!, axes), '', '', translation.sizes(shape)];
  translation.write(only(node).id, translation.add('Resize', inputs, { coordinate_transformation_mode: coordinates(attrs), ...how(attrs) }), axes);
};

/** Points are repeated: each new one is where an old one is, rounded down. */
const repeat: Operation = (node, translation) => {
  const { rows, columns } = node.attrs as { readonly rows: number; readonly columns: number };
  const axes = channelsFirst(4);
  const inputs = [translation.read(node.inputs.images!, axes), '', translation.factors([1, 1, rows, columns])];
  const how = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  translation.write(only(node).id, translation.add('Resize', inputs, how), axes);
};

export const resizeOperations: Operations = {
  [enlarge]: repeat,
  [tf.ResizeBilinear]: resize(() => ({ mode: 'linear' })),
  // The middle of a new point falls into an old one: rounded down, but counted from the middle of the first.
  [tf.ResizeNearestNeighbor]: resize(({ alignCorners, halfPixelCenters }) => ({ mode: 'nearest', nearest_mode: halfPixelCenters || alignCorners ? 'round_prefer_ceil' : 'floor' })),
};
