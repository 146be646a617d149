import { type Tensor, tf } from '../../core/tensor.ts';

/** A gradient by the inputs of a kernel: what flows back to each, made only if it is asked for. */
export type Gradient = Record<string, () => Tensor>;

type Attributes = tf.NamedAttrMap;

/** For a kernel of one output: `dy` flows back to it, `saved` holds the inputs named, in their order. */
export const gradient = (kernelName: string, inputsToSave: string[], gradFunc: (dy: Tensor, saved: Tensor[], attributes: Attributes) => Gradient): tf.GradConfig => ({
  kernelName,
  inputsToSave,
  gradFunc: (dy, saved, attributes) => gradFunc(dy as Tensor, saved, attributes),
});

/** Runs a kernel by its name, with gradients of its own if it has any. */
export const run = (name: string, inputs: Record<string, Tensor>, attributes: object): Tensor => tf.engine().runKernel(name, inputs, attributes as Attributes) as Tensor;

/** Sums over the axes along which an operand of `shape` was repeated to become as large as `dy`. */
export function sumTo(dy: Tensor, shape: number[]): Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, dy.shape);
  return (axes.length > 0 ? dy.sum(axes) : dy).reshape(shape);
}
