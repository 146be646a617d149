import { tf } from '../../../core/tensor.ts';
import { address, fresh, heap } from '../heap.ts';
import { kernel, type Kernel, type Result } from '../kernel.ts';

/** In the order of the assembly's numbers for them. */
const fillModes = ['constant', 'reflect', 'wrap', 'nearest'];

type Inputs = Record<'image' | 'transforms', tf.TensorInfo>;

function transform({ image, transforms }: Inputs, { interpolation, fillMode, fillValue, outputShape }: tf.TransformAttrs): Result {
  const mode = fillModes.indexOf(fillMode);
  if (image.dtype !== 'float32' || transforms.dtype !== 'float32' || mode < 0) return undefined;
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const [outHeight, outWidth] = outputShape ?? [height, width];
  const y = fresh([batch, outHeight, outWidth, channels]);
  heap.kernels.transform(
    address(image), address(transforms), address(y), batch, height, width, channels, outHeight, outWidth, transforms.shape[0] === 1 ? 0 : 8,
    Number(interpolation === 'bilinear'), mode, fillValue,
  );
  return y;
}

/** tfjs's own takes the wrong pixels above the image where that is mirrored. */
export const transformKernels: readonly Kernel[] = [kernel(tf.Transform, transform)];
