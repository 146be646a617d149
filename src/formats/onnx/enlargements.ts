/** Images whose points are repeated: tfjs does it by a product with ones, ONNX has an operation for it. */
import { tf } from '../../core/tensor.ts';
import { needed } from '../export/needed.ts';
import type { Size, Trace, TracedNode, ValueId } from '../export/trace.ts';

/** What a trace calls it: `images` [batch, height, width, channels], repeated `rows` and `columns` times. */
export const enlarge = 'Enlarge';

const times = (size: Size, factor: number): Size => (typeof size === 'number' ? size * factor : { batch: size.batch * factor });
const same = (a: readonly Size[], b: readonly Size[]) => JSON.stringify(a) === JSON.stringify(b);

/** A trace that has its enlargements as one operation each. */
export function withEnlargements(trace: Trace): Trace {
  const producers = new Map<ValueId, TracedNode>(trace.nodes.flatMap((node) => node.outputs.map(({ id }) => [id, node] as const)));
  const shapeOf = (id: ValueId) => trace.values.get(id)!.shape;
  const enlarged = (node: TracedNode): TracedNode | undefined => {
    const product = node.kernel === tf.Reshape ? producers.get(node.inputs.x!) : undefined;
    const apart = product?.kernel === tf.Multiply ? producers.get(product.inputs.a!) : undefined;
    const ones = apart?.kernel === tf.Reshape ? trace.constants.get(product!.inputs.b!) : undefined;
    if (!ones || ones.shape.length !== 5 || ones.data.some((n) => n !== 1)) return undefined;
    const images = apart!.inputs.x!;
    const [batch, height, width, channels, ...more] = shapeOf(images);
    const [first, rows, second, columns, last] = ones.shape as [number, number, number, number, number];
    if (typeof height !== 'number' || typeof width !== 'number' || channels === undefined || more.length > 0 || first * second * last !== 1) return undefined;
    const fits = same(shapeOf(product!.inputs.a!), [times(batch!, height), 1, width, 1, channels]) && same(node.outputs[0]!.shape, [batch!, height * rows, width * columns, channels]);
    return fits ? { ...node, kernel: enlarge, inputs: { images }, attrs: { rows, columns } } : undefined;
  };
  const nodes = trace.nodes.map((node) => enlarged(node) ?? node);
  const { kept } = needed(nodes, trace.outputs.map(({ id }) => id), ({ inputs, outputs }) => ({ takes: Object.values(inputs), gives: outputs.map(({ id }) => id) }));
  return { ...trace, nodes: kept };
}
