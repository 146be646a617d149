// The convolution that a convolution's gradient by its input is.
import { Geometry } from './geometry';
import { geometryScratch } from './scratch';

/** The geometry of the convolution of dy that makes dx, where windows lie one after the other: the same filter, mirrored. */
export function mirrored(g: Geometry): Geometry {
  const m = changetype<Geometry>(geometryScratch());
  m.batch = g.batch;
  m.inDepth = g.outDepth;
  m.inHeight = g.outHeight;
  m.inWidth = g.outWidth;
  m.inChannels = g.outChannels;
  m.outDepth = g.inDepth;
  m.outHeight = g.inHeight;
  m.outWidth = g.inWidth;
  m.outChannels = g.inChannels;
  m.filterDepth = g.filterDepth;
  m.filterHeight = g.filterHeight;
  m.filterWidth = g.filterWidth;
  m.strideDepth = m.strideHeight = m.strideWidth = 1;
  m.dilationDepth = g.dilationDepth;
  m.dilationHeight = g.dilationHeight;
  m.dilationWidth = g.dilationWidth;
  m.padFront = (g.filterDepth - 1) * g.dilationDepth - g.padFront;
  m.padTop = (g.filterHeight - 1) * g.dilationHeight - g.padTop;
  m.padLeft = (g.filterWidth - 1) * g.dilationWidth - g.padLeft;
  return m;
}
