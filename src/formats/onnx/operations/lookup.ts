/** Operations that find elements: by their number, by their size, in a table. */
import { tf } from '../../../core/tensor.ts';
import { cast } from './elementwise.ts';
import { only, type Operation, type Operations } from './operation.ts';

const gather: Operation = (node, translation) => {
  const { axis, batchDims } = node.attrs as { readonly axis: number; readonly batchDims: number };
  if (batchDims) translation.refuse('along axes of the batch, which ONNX does not have');
  const [x, indices] = [node.inputs.x!, node.inputs.indices!];
  const rank = translation.value(x).shape.length;
  translation.write(only(node).id, translation.add('Gather', [translation.read(x), translation.read(indices)], { axis: (axis + rank) % rank }));
};

const gatherPlaces: Operation = (node, translation) => {
  const places = cast(translation, translation.read(node.inputs.indices!), 'int64');
  translation.write(only(node).id, translation.add('GatherND', [translation.read(node.inputs.params!), places]));
};

/** By comparison: ONNX's own OneHot counts negative numbers from the end. */
const oneHot: Operation = (node, translation) => {
  const { depth, onValue, offValue } = node.attrs as { readonly depth: number; readonly onValue: number; readonly offValue: number };
  const id = node.inputs.indices!;
  const { id: output, dtype } = only(node);
  const each = translation.add('Unsqueeze', [translation.read(id), translation.integers([translation.value(id).shape.length])]);
  const is = translation.add('Equal', [each, translation.upTo(depth)]);
  const numbers = onValue === 1 && offValue === 0 ? cast(translation, is, dtype) : translation.add('Where', [is, translation.scalar(onValue, dtype), translation.scalar(offValue, dtype)]);
  translation.write(output, numbers);
};

const largest: Operation = (node, translation) => {
  const { k, sorted } = node.attrs as { readonly k: number; readonly sorted: boolean };
  const [values, places] = node.outputs;
  const names = translation.addMany('TopK', [translation.read(node.inputs.x!), translation.integers([k])], 2, { sorted: Number(sorted) });
  translation.write(values!.id, names[0]!);
  if (translation.uses(places!.id) > 0) translation.write(places!.id, cast(translation, names[1]!, 'int32'));
};

export const lookupOperations: Operations = { [tf.GatherV2]: gather, [tf.GatherNd]: gatherPlaces, [tf.OneHot]: oneHot, [tf.TopK]: largest };
