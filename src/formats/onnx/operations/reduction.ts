/** Operations along axes: sums and their likes, softmax, running sums. */
import { tf } from '../../../core/tensor.ts';
import type { TracedNode, ValueId } from '../../export/trace.ts';
import { plain, without } from '../axes.ts';
import type { Translation } from '../translation.ts';
import { cast } from './elementwise.ts';
import { only, type Operation, type Operations } from './operation.ts';

const whole = (axis: number, rank: number) => (axis + rank) % rank;

/** Axes that a kernel was given, in tfjs's order; all of them if it was given none. */
function axesOf({ axis, reductionIndices }: TracedNode['attrs'], rank: number): readonly number[] {
  const given = axis ?? reductionIndices;
  if (given === undefined || given === null) return plain(rank);
  return [given].flat().map((each) => whole(each as number, rank));
}

/** Reduces in whatever layout the tensor has. `reduce` makes the node, for places of axes. */
function reduced(node: TracedNode, translation: Translation, reduce: (name: string, places: readonly number[], keepDims: boolean) => string): void {
  const id = node.inputs.x!;
  const axes = translation.axes(id);
  const gone = axesOf(node.attrs, axes.length);
  const keepDims = node.attrs.keepDims === true;
  const name = reduce(translation.readAsIs(id), gone.map((axis) => axes.indexOf(axis)).sort((a, b) => a - b), keepDims);
  translation.write(only(node).id, name, keepDims ? axes : without(axes, gone));
}

const reduction = (op: string): Operation => (node, translation) => reduced(node, translation, (name, axes, keepDims) => (op === 'ReduceSum'
  ? translation.add(op, [name, translation.integers(axes)], { keepdims: Number(keepDims) })
  : translation.add(op, [name], { axes, keepdims: Number(keepDims) })));

/** Whether any, or all, of several truths hold: the largest or the least of them as numbers. */
const truths = (op: string): Operation => (node, translation) => reduced(node, translation, (name, axes, keepDims) =>
  cast(translation, translation.add(op, [cast(translation, name, 'int32')], { axes, keepdims: Number(keepDims) }), 'bool'));

const place = (op: string): Operation => (node, translation) => reduced(node, translation, (name, [axis], keepDims) =>
  cast(translation, translation.add(op, [name], { axis: axis!, keepdims: Number(keepDims) }), 'int32'));

/** An operation that keeps the shape and goes along one axis. */
const along = (input: string, key: string, make: (translation: Translation, name: string, axis: number, node: TracedNode) => string): Operation => (node, translation) => {
  const id: ValueId = node.inputs[input]!;
  const axes = translation.axes(id);
  const axis = axes.indexOf(whole(Number(node.attrs[key] ?? -1), axes.length));
  translation.write(only(node).id, make(translation, translation.readAsIs(id), axis, node), axes);
};

export const reductionOperations: Operations = {
  [tf.Sum]: reduction('ReduceSum'), [tf.Mean]: reduction('ReduceMean'), [tf.Max]: reduction('ReduceMax'), [tf.Min]: reduction('ReduceMin'), [tf.Prod]: reduction('ReduceProd'),
  [tf.Any]: truths('ReduceMax'), [tf.All]: truths('ReduceMin'),
  [tf.ArgMax]: place('ArgMax'), [tf.ArgMin]: place('ArgMin'),
  [tf.Softmax]: along('logits', 'dim', (t, name, axis) => t.add('Softmax', [name], { axis })),
  [tf.LogSoftmax]: along('logits', 'axis', (t, name, axis) => t.add('LogSoftmax', [name], { axis })),
  [tf.Cumsum]: along('x', 'axis', (t, name, axis, { attrs }) => t.add('CumSum', [name, t.integers([axis], [])], { exclusive: Number(attrs.exclusive === true), reverse: Number(attrs.reverse === true) })),
};
