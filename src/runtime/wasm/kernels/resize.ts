import { tf } from '../../../core/tensor.ts';
import { address, fresh, heap } from '../heap.ts';
import { kernel, type Kernel } from '../kernel.ts';

interface Attributes {
  size: [number, number];
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

const resize = (name: string, bilinear: boolean): Kernel =>
  kernel<{ images: tf.TensorInfo }, Attributes>(name, ({ images }, { size, alignCorners, halfPixelCenters }) => {
    if (images.dtype !== 'float32') return undefined;
    const [batch, height, width, channels] = images.shape as [number, number, number, number];
    const [outHeight, outWidth] = size;
    const scale = (given: number, wanted: number) => (alignCorners && wanted > 1 ? (given - 1) / (wanted - 1) : given / wanted);
    const y = fresh([batch, outHeight, outWidth, channels]);
    const shared = [address(images), address(y), batch, height, width, outHeight, outWidth, channels, scale(height, outHeight), scale(width, outWidth), Number(halfPixelCenters)] as const;
    if (bilinear) heap.kernels.resizeBilinear(...shared);
    else heap.kernels.resizeNearest(...shared, Number(alignCorners));
    return y;
  });

export const resizeKernels: readonly Kernel[] = [resize(tf.ResizeBilinear, true), resize(tf.ResizeNearestNeighbor, false)];
