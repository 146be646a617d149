/** Morphological dilation; tfjs's own kernels take nothing below 0 for the largest, and give the gradient to the wrong cells. */
import { tf } from '../../../core/tensor.ts';
import { geometry } from '../geometry.ts';
import { address, fresh, heap } from '../heap.ts';
import { kernel, type Kernel } from '../kernel.ts';

type Tensors<Names extends string> = Record<Names, tf.TensorInfo>;

const info = (x: tf.TensorInfo, filter: tf.TensorInfo, { strides, pad, dilations }: tf.Dilation2DAttrs) =>
  tf.backend_util.computeDilation2DInfo(x.shape as [number, number, number, number], filter.shape as [number, number, number], strides, pad, 'NHWC', dilations);

const back = (name: string, run: 'dilateBackInput' | 'dilateBackFilter', like: 'x' | 'filter'): Kernel =>
  kernel<Tensors<'x' | 'filter' | 'dy'>, tf.Dilation2DAttrs>(name, (inputs, attributes) => {
    const { x, filter, dy } = inputs;
    const gradient = fresh(inputs[like].shape);
    heap.kernels[run](address(x), address(filter), address(dy), address(gradient), geometry(info(x, filter, attributes)));
    return gradient;
  });

export const dilationKernels: readonly Kernel[] = [
  kernel<Tensors<'x' | 'filter'>, tf.Dilation2DAttrs>(tf.Dilation2D, ({ x, filter }, attributes) => {
    const shapes = info(x, filter, attributes);
    const y = fresh(shapes.outShape);
    heap.kernels.dilate(address(x), address(filter), address(y), geometry(shapes));
    return y;
  }),
  back(tf.Dilation2DBackpropInput, 'dilateBackInput', 'x'),
  back(tf.Dilation2DBackpropFilter, 'dilateBackFilter', 'filter'),
];
