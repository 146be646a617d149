import { tf } from '../../core/tensor.ts';
import { constant, reserveScratch } from './heap.ts';

type ConvolutionInfo = tf.backend_util.Conv2DInfo | tf.backend_util.Conv3DInfo;

/** Bytes that the matrix product takes of the working memory, with something to spare. */
const productBytes = 1 << 20;

/** The address of the geometry of a convolution or pooling, as `assembly/geometry.ts` lays it out. */
export function geometry(info: ConvolutionInfo): number {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
  const solid = 'inDepth' in info;
  const depth = solid
    ? { in: info.inDepth, out: info.outDepth, filter: info.filterDepth, stride: info.strideDepth, dilation: info.dilationDepth, pad: info.padInfo.front }
    : { in: 1, out: 1, filter: 1, stride: 1, dilation: 1, pad: 0 };
  return constant([
    batchSize, depth.in, inHeight, inWidth, inChannels,
    depth.out, outHeight, outWidth, outChannels,
    depth.filter, info.filterHeight, info.filterWidth,
    depth.stride, strideHeight, strideWidth,
    depth.dilation, dilationHeight, dilationWidth,
    depth.pad, padInfo.top, padInfo.left,
  ]);
}

/** The same for a convolution, with room for all cells that one of its windows spans, or that of its gradient by the input, in the working memory. */
export function convolutionGeometry(info: ConvolutionInfo): number {
  const span = (taps: number, dilation: number) => (taps - 1) * dilation + 1;
  const depth = 'inDepth' in info ? info.filterDepth : 1;
  const cells = depth * span(info.filterHeight, info.dilationHeight) * span(info.filterWidth, info.dilationWidth);
  reserveScratch(productBytes + 4 * cells * Math.max(info.inChannels, info.outChannels));
  return geometry(info);
}
