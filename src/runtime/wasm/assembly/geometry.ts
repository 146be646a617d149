/**
 * The geometry of a convolution or pooling, 21 integers in the heap. Two-dimensional kinds have a depth of 1 everywhere;
 * a window without dilation has dilations of 1. Tensors are [batch, depth, height, width, channels].
 */
@unmanaged
export class Geometry {
  batch: i32;
  inDepth: i32;
  inHeight: i32;
  inWidth: i32;
  inChannels: i32;
  outDepth: i32;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  filterDepth: i32;
  filterHeight: i32;
  filterWidth: i32;
  strideDepth: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationDepth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  padFront: i32;
  padTop: i32;
  padLeft: i32;
}

/** The first tap of a window that lies inside of an axis; `start`: where the window begins there. */
@inline
export function firstTap(start: i32, dilation: i32): i32 {
  if (start >= 0) return 0;
  return dilation == 1 ? -start : (dilation - 1 - start) / dilation;
}

/** One more than the last tap inside. */
@inline
export function endTap(start: i32, dilation: i32, taps: i32, size: i32): i32 {
  if (start >= size) return 0;
  return min(taps, dilation == 1 ? size - start : (size - 1 - start) / dilation + 1);
}
