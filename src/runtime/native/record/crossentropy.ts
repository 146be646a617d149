/** The cross-entropy of whole-number labels as TensorFlow's one operation, in place of the dozen that the loss is written with. */
import { attr, types } from './graph.ts';
import { inputsOf, sameBytes, type Operation, type Rule, type Surroundings } from './pattern.ts';

const fused = 'SparseSoftmaxCrossEntropyWithLogits';

const isLast = (axes: readonly number[] | undefined, rank: number): boolean => axes?.length === 1 && (axes[0] === -1 || axes[0] === rank - 1);

/** What is summed up over the last axis, which goes. */
function summed(around: Surroundings, reference: string): string | undefined {
  const [x, axes] = inputsOf(around, reference, 'Sum') ?? [];
  if (x === undefined || !isLast(around.axesOf(axes!), around.shapeOf(x).length) || around.shapeOf(reference).length === around.shapeOf(x).length) return undefined;
  return x;
}

/** Labels that are written out as rows of 0 and 1. */
function labelsOf(around: Surroundings, reference: string): string | undefined {
  const node = around.nodeOf(reference);
  if (node?.op !== 'OneHot' || !sameBytes(node.attrs.axis, attr.int(-1))) return undefined;
  const [labels, depth, on, off] = node.inputs;
  const classes = around.axesOf(depth!)?.[0];
  return classes === around.shapeOf(reference).at(-1) && around.constantOf(on!) === 1 && around.constantOf(off!) === 0 ? labels : undefined;
}

/** `x` less the greatest of each row. */
function unshifted(around: Surroundings, reference: string): string | undefined {
  const [x, greatest] = inputsOf(around, reference, 'Sub') ?? [];
  const [of, axes] = inputsOf(around, greatest, 'Max') ?? [];
  if (x === undefined || of !== x || !isLast(around.axesOf(axes!), around.shapeOf(x).length)) return undefined;
  return around.shapeOf(greatest!).length === around.shapeOf(x).length ? x : undefined;
}

const fusedOf = (x: string, labels: string): Operation => ({ op: fused, inputs: [x, labels], attrs: { T: attr.type(types.float), Tlabels: attr.type(types.int32) } });

/** `log Σ exp s - Σ y s` of `s = x - max x`, for rows of logits. Labels that are no class are refused before training, as TensorFlow's operation would. */
const loss: Rule = ({ op, inputs: [log, product] }, around) => {
  const [sum] = op === 'Sub' ? inputsOf(around, log, 'Log') ?? [] : [];
  const [shifted] = inputsOf(around, sum && summed(around, sum), 'Exp') ?? [];
  const x = shifted && unshifted(around, shifted);
  const [y, other] = inputsOf(around, x && summed(around, product!), 'Mul') ?? [];
  const labels = other === shifted && y ? labelsOf(around, y) : undefined;
  return x && labels && around.shapeOf(labels).length === 1 ? fusedOf(x, labels) : undefined;
};

/** `softmax(x) - y`, which the same operation puts out beside the loss. */
const gradient: Rule = ({ op, inputs: [p, y] }, around) => {
  const [x] = op === 'Sub' ? inputsOf(around, p, 'Softmax') ?? [] : [];
  const labels = x && labelsOf(around, y!);
  return x && labels && around.find(fused, [x, labels]) ? { ...fusedOf(x, labels), output: 1 } : undefined;
};

export const crossentropy: readonly Rule[] = [loss, gradient];
