/** Orders of axes. An order lists, for each axis of a tensor as it is laid out, which axis that is in the order that tfjs has. */

export type Axes = readonly number[];

export const plain = (rank: number): Axes => Array.from({ length: rank }, (_, axis) => axis);
export const isPlain = (axes: Axes): boolean => axes.every((axis, i) => axis === i);
export const sameAxes = (a: Axes, b: Axes): boolean => a.length === b.length && a.every((axis, i) => axis === b[i]);

/** Channels in front of the axes of space, as ONNX has images. */
export const channelsFirst = (rank: number): Axes => [0, rank - 1, ...plain(rank - 2).map((axis) => axis + 1)];

/** `perm` of a transposition from one order to another. */
export const between = (from: Axes, to: Axes): number[] => to.map((axis) => from.indexOf(axis));

/** What is left of an order once some axes are gone, counted anew. */
export function without(axes: Axes, gone: Axes): Axes {
  const left = axes.filter((axis) => !gone.includes(axis));
  return left.map((axis) => axis - gone.filter((each) => each < axis).length);
}

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** The numbers of a tensor with its axes in another order. */
export function reordered<T extends Float32Array | Int32Array | Uint8Array>(data: T, shape: readonly number[], axes: Axes): T {
  if (isPlain(axes)) return data;
  const strides = shape.map((_, axis) => product(shape.slice(axis + 1)));
  const [sizes, steps] = [axes.map((axis) => shape[axis]!), axes.map((axis) => strides[axis]!)];
  const out = new (data.constructor as new (length: number) => T)(data.length);
  const place = sizes.map(() => 0);
  for (let to = 0, from = 0; to < out.length; to++) {
    out[to] = data[from]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++place[axis]! < sizes[axis]!) break;
      from -= steps[axis]! * sizes[axis]!;
      place[axis] = 0;
    }
  }
  return out;
}
