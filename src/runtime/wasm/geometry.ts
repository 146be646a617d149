import { tf } from '../../core/tensor.ts';
import { constant, heap, reserveScratch } from './heap.ts';

type ConvolutionInfo = tf.backend_util.Conv2DInfo | tf.backend_util.Conv3DInfo;

/** Bytes that the matrix product takes of the working memory, with something to spare. */
const productBytes = 1 << 20;

/** What `assembly/geometry.ts` holds of a convolution or pooling, in its order. */
const fields = [
  'batch', 'inDepth', 'inHeight', 'inWidth', 'inChannels',
  'outDepth', 'outHeight', 'outWidth', 'outChannels',
  'filterDepth', 'filterHeight', 'filterWidth',
  'strideDepth', 'strideHeight', 'strideWidth',
  'dilationDepth', 'dilationHeight', 'dilationWidth',
  'padFront', 'padTop', 'padLeft',
] as const;
export type Geometry = Readonly<Record<(typeof fields)[number], number>>;

/** Its address in the heap. */
export const placeGeometry = (geometry: Geometry): number => constant(fields.map((field) => geometry[field]));

export function geometryAt(address: number): Geometry {
  const numbers = new Int32Array(heap.module.HEAPU8.buffer, address, fields.length);
  return Object.fromEntries(fields.map((field, i) => [field, numbers[i]!])) as Geometry;
}

function geometryOf(info: ConvolutionInfo): Geometry {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
  const depth = 'inDepth' in info
    ? { inDepth: info.inDepth, outDepth: info.outDepth, filterDepth: info.filterDepth, strideDepth: info.strideDepth, dilationDepth: info.dilationDepth, padFront: info.padInfo.front }
    : { inDepth: 1, outDepth: 1, filterDepth: 1, strideDepth: 1, dilationDepth: 1, padFront: 0 };
  return {
    ...depth, batch: batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth,
    strideHeight, strideWidth, dilationHeight, dilationWidth, padTop: padInfo.top, padLeft: padInfo.left,
  };
}

/** The address of the geometry of a convolution or pooling. */
export const geometry = (info: ConvolutionInfo): number => placeGeometry(geometryOf(info));

/** Bytes of working memory that a convolution needs: room for all cells that one of its windows spans, or that of its gradient by the input. */
export function workingMemory({ filterDepth, filterHeight, filterWidth, dilationHeight, dilationWidth, inChannels, outChannels }: Geometry): number {
  const span = (taps: number, dilation: number) => (taps - 1) * dilation + 1;
  return productBytes + 4 * filterDepth * span(filterHeight, dilationHeight) * span(filterWidth, dilationWidth) * Math.max(inChannels, outChannels);
}

/** The address of the geometry of a convolution, for which there is working memory then. */
export function convolutionGeometry(info: ConvolutionInfo): number {
  const own = geometryOf(info);
  reserveScratch(workingMemory(own));
  return placeGeometry(own);
}
