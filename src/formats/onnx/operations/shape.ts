/** Operations that move elements and change none: shapes, orders of axes, parts, and tensors of one number. */
import { tf } from '../../../core/tensor.ts';
import type { Size, TracedNode, ValueId } from '../../export/trace.ts';
import { isPlain, plain, sameAxes, without, type Axes } from '../axes.ts';
import type { Translation } from '../translation.ts';
import { listed, only, type Operation, type Operations } from './operation.ts';

/** Before every place of an axis, however long it is. */
const beforeAll = -(2 ** 53);

const sameSize = (a: Size | undefined, b: Size | undefined) => (typeof a === 'object' && typeof b === 'object' ? a.batch === b.batch : a === b);

/** Where axes of size 1 came in or went, if that is all that a reshape does. */
function ones(from: readonly Size[], to: readonly Size[]): { readonly gone: readonly number[]; readonly come: readonly number[] } | undefined {
  const gone: number[] = [];
  const come: number[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    if (i < from.length && j < to.length && sameSize(from[i], to[j])) [i, j] = [i + 1, j + 1];
    else if (j < to.length && to[j] === 1) come.push(j++);
    else if (i < from.length && from[i] === 1) gone.push(i++);
    else return undefined;
  }
  return { gone, come };
}

/** A tensor in another shape. One that only gains or loses axes of size 1 keeps its layout. */
function reshaped(id: ValueId, { id: output, shape: wanted }: TracedNode['outputs'][number], translation: Translation): void {
  const axes = translation.axes(id);
  const change = ones(translation.value(id).shape, wanted);
  if (!change || (isPlain(axes) && change.gone.length > 0 && change.come.length > 0)) {
    return translation.write(output, translation.add('Reshape', [translation.read(id), translation.shape(wanted)]));
  }
  const { gone, come } = change;
  const places = (list: readonly number[], order: Axes) => translation.integers(list.map((axis) => order.indexOf(axis)).sort((a, b) => a - b));
  const squeezed = gone.length === 0 ? translation.readAsIs(id) : translation.add('Squeeze', [translation.readAsIs(id), places(gone, axes)]);
  const kept = plain(wanted.length).filter((axis) => !come.includes(axis));
  const left = without(axes, gone).map((axis) => kept[axis]!);
  if (come.length === 0) return translation.write(output, squeezed, left);
  const order = withOnes(left, wanted.length);
  translation.write(output, translation.add('Unsqueeze', [squeezed, places(come, order)]), order);
}

/** A layout with new axes in it. They are of space: where channels are in front, they come behind those. */
function withOnes(left: Axes, rank: number): Axes {
  const all = plain(rank);
  if (left.every((axis, i) => i === 0 || left[i - 1]! < axis)) return all;
  const front = left.slice(0, 2);
  const order = [...front, ...all.filter((axis) => !front.includes(axis))];
  return sameAxes(order.filter((axis) => left.includes(axis)), left) ? order : [...left, ...all.filter((axis) => !left.includes(axis))];
}

const transpose: Operation = (node, translation) => {
  const id = node.inputs.x!;
  const perm = node.attrs.perm as readonly number[];
  // Nothing moves yet: the same tensor is told in other words.
  translation.write(only(node).id, translation.readAsIs(id), translation.axes(id).map((axis) => perm.indexOf(axis)));
};

const concat: Operation = (node, translation) => {
  const ids = listed(node);
  const axes = ids.map((id) => translation.axes(id)).find((each) => !isPlain(each)) ?? plain(only(node).shape.length);
  const axis = axes.indexOf((Number(node.attrs.axis) + axes.length) % axes.length);
  translation.write(only(node).id, translation.add('Concat', ids.map((id) => translation.read(id, axes)), { axis }), axes);
};

const split: Operation = (node, translation) => {
  const id = node.inputs.x!;
  const axes = translation.axes(id);
  const axis = (Number(node.attrs.axis) + axes.length) % axes.length;
  const sizes = translation.fixed(node.outputs.map(({ shape }) => shape[axis]!));
  const names = translation.addMany('Split', [translation.readAsIs(id), translation.integers(sizes)], sizes.length, { axis: axes.indexOf(axis) });
  names.forEach((name, i) => translation.write(node.outputs[i]!.id, name, axes));
};

interface Cut { readonly axis: number; readonly start: number; readonly end: number; readonly step: number }

function sliced(node: TracedNode, translation: Translation, cuts: readonly Cut[]): void {
  const id = node.inputs.x!;
  const axes = translation.axes(id);
  const list = (of: (cut: Cut) => number) => translation.integers(cuts.map(of));
  const inputs = [translation.readAsIs(id), list(({ start }) => start), list(({ end }) => end), list(({ axis }) => axes.indexOf(axis))];
  if (cuts.some(({ step }) => step !== 1)) inputs.push(list(({ step }) => step));
  translation.write(only(node).id, cuts.length === 0 ? inputs[0]! : translation.add('Slice', inputs), axes);
}

/** Which of the parts that lie one below the other a slice takes: the first, or one of those behind it, which are all as long. */
function partAt({ attrs, outputs }: TracedNode, whole: readonly Size[], parts: readonly string[]): string {
  const rows = (size: Size) => (typeof size === 'number' ? size : size.batch);
  const begin = rows((attrs.begin as readonly Size[])[0]!);
  return begin === 0 ? parts[0]! : parts[parts.length - (rows(whole[0]!) - begin) / rows(outputs[0]!.shape[0]!)]!;
}

const slice: Operation = (node, translation) => {
  const parts = translation.parts(node.inputs.x!);
  if (parts) return translation.write(only(node).id, partAt(node, translation.value(node.inputs.x!).shape, parts));
  const { shape } = translation.value(node.inputs.x!);
  const output = only(node).shape;
  const begin = node.attrs.begin as readonly Size[];
  const open = shape.flatMap((size, axis) => (sameSize(size, output[axis]) ? [] : [axis]));
  const [starts, sizes] = [translation.fixed(open.map((axis) => begin[axis]!)), translation.fixed(open.map((axis) => output[axis]!))];
  sliced(node, translation, open.map((axis, i) => ({ axis, start: starts[i]!, end: starts[i]! + sizes[i]!, step: 1 })));
};

export const reversed = (name: string, axis: number, translation: Translation): string =>
  translation.add('Slice', [name, translation.integers([-1]), translation.integers([beforeAll]), translation.integers([axis]), translation.integers([-1])]);

const reverse: Operation = (node, translation) => {
  const rank = only(node).shape.length;
  sliced(node, translation, [node.attrs.dims as number | readonly number[]].flat().map((axis) => ({ axis: (axis + rank) % rank, start: -1, end: beforeAll, step: -1 })));
};

/** Tensors beside one another along a new axis. */
const pack: Operation = (node, translation) => {
  const ids = listed(node);
  const { id, shape } = only(node);
  const axis = (Number(node.attrs.axis) + shape.length) % shape.length;
  if (axis === shape.length - 1) {
    const each = ids.map((part) => translation.add('Unsqueeze', [translation.read(part), translation.integers([axis])]));
    return translation.write(id, translation.add('Concat', each, { axis }));
  }
  const row = translation.add('Concat', ids.map((part) => translation.read(part)), { axis });
  translation.write(id, translation.add('Reshape', [row, translation.shape(shape)]));
};

const unpack: Operation = (node, translation) => {
  const id = node.inputs.value!;
  const axes = translation.axes(id);
  const axis = (Number(node.attrs.axis) + axes.length) % axes.length;
  const from = translation.readAsIs(id);
  const left = axes.filter((each) => each !== axis).map((each) => (each > axis ? each - 1 : each));
  node.outputs.forEach((output, i) => {
    if (translation.uses(output.id) > 0) translation.write(output.id, translation.add('Gather', [from, translation.integers([i], [])], { axis: axes.indexOf(axis) }), left);
  });
};

const pads = (node: TracedNode, translation: Translation, mode: string, value: readonly string[]) => {
  const id = node.inputs.x!;
  const axes = translation.axes(id);
  const paddings = node.attrs.paddings as readonly (readonly [number, number])[];
  const ends = [0, 1].flatMap((end) => axes.map((axis) => paddings[axis]![end]!));
  translation.write(only(node).id, translation.add('Pad', [translation.readAsIs(id), translation.integers(ends), ...value], { mode }), axes);
};

const mirror: Operation = (node, translation) => {
  if (node.attrs.mode !== 'reflect') translation.refuse(`with mode ${String(node.attrs.mode)}, which ONNX does not have`);
  pads(node, translation, 'reflect', []);
};

/** A tensor again and again along axes where it has size 1. */
function repeated(node: TracedNode, translation: Translation): void {
  const { shape } = translation.value(node.inputs.x!);
  const { id, shape: wanted } = only(node);
  const lead = wanted.length - shape.length;
  // A size of 1 leaves the axis as it is.
  const sizes = wanted.map((size, axis) => (sameSize(size, shape[axis - lead]) ? 1 : size));
  translation.write(id, translation.add('Expand', [translation.read(node.inputs.x!), translation.sizes(sizes)]));
}

const tile: Operation = (node, translation) => {
  const id = node.inputs.x!;
  const reps = node.attrs.reps as readonly Size[];
  // tfjs has nothing else to broadcast with.
  if (translation.value(id).shape.every((size, axis) => size === 1 || reps[axis] === 1)) return repeated(node, translation);
  translation.write(only(node).id, translation.add('Tile', [translation.read(id), translation.sizes(reps)]));
};

/** Tensors of one number again and again. */
const filled = (valueOf: (node: TracedNode) => number): Operation => (node, translation) => {
  const { id, shape, dtype } = only(node);
  translation.write(id, translation.add('Expand', [translation.scalar(valueOf(node), dtype), translation.sizes(shape)]));
};

export const shapeOperations: Operations = {
  [tf.Reshape]: (node, translation) => reshaped(node.inputs.x!, only(node), translation),
  [tf.ExpandDims]: (node, translation) => reshaped(node.inputs.input!, only(node), translation),
  [tf.Transpose]: transpose,
  [tf.Concat]: concat,
  [tf.SplitV]: split,
  [tf.Slice]: slice,
  [tf.Reverse]: reverse,
  [tf.Pack]: pack,
  [tf.Unpack]: unpack,
  [tf.PadV2]: (node, translation) => pads(node, translation, 'constant', [translation.scalar(Number(node.attrs.constantValue), only(node).dtype)]),
  [tf.MirrorPad]: mirror,
  [tf.Tile]: tile,
  [tf.BroadcastTo]: repeated,
  [tf.Fill]: filled(({ attrs }) => Number(attrs.value)),
  [tf.ZerosLike]: filled(() => 0),
  [tf.OnesLike]: filled(() => 1),
};
