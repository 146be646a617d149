/** Products of matrices. */
import { tf } from '../../../core/tensor.ts';
import { plain } from '../axes.ts';
import { listed, only, type Operation, type Operations } from './operation.ts';

const lastTwoSwapped = (rank: number) => [...plain(rank - 2), rank - 1, rank - 2];

const product: Operation = (node, translation) => {
  const [a, b] = ([['a', 'transposeA'], ['b', 'transposeB']] as const).map(([input, flag]) => {
    const id = node.inputs[input]!;
    return node.attrs[flag] === true ? translation.read(id, lastTwoSwapped(translation.value(id).shape.length)) : translation.read(id);
  });
  translation.write(only(node).id, translation.add('MatMul', [a!, b!]));
};

const einsum: Operation = (node, translation) =>
  translation.write(only(node).id, translation.add('Einsum', listed(node).map((id) => translation.read(id)), { equation: String(node.attrs.equation) }));

export const productOperations: Operations = { [tf.BatchMatMul]: product, [tf.Einsum]: einsum };
