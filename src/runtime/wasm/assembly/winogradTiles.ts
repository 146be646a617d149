// The tiles of 2 × 2 outputs of a convolution, one after the other through all images, and their way through Winograd's transforms.
import { Geometry } from './geometry';
import { clearRow, copyRow } from './rows';
import { lineBytes, transformCells, transformGiven, transformSums } from './winogradTransform';

/** The place of a tile: its image, and its row and column of tiles. */
let image = 0, tileRow = 0, tileColumn = 0;

@inline
export function tilesHigh(g: Geometry): i32 {
  return (g.outHeight + 1) >> 1;
}

@inline
export function tilesWide(g: Geometry): i32 {
  return (g.outWidth + 1) >> 1;
}

@inline
function find(g: Geometry, tile: i32): void {
  const wide = tilesWide(g), row = tile / wide, high = tilesHigh(g);
  tileColumn = tile - row * wide;
  image = row / high;
  tileRow = row - image * high;
}

@inline
function next(g: Geometry): void {
  if (++tileColumn < tilesWide(g)) return;
  tileColumn = 0;
  if (++tileRow < tilesHigh(g)) return;
  tileRow = 0;
  image++;
}

/** A copy of `size` × `size` pixels from (top, left) of an image on, with zeros for those that lie outside. */
function copyPixels(from: usize, height: i32, width: i32, channels: i32, top: i32, left: i32, size: i32, to: usize): void {
  const pixel = (<usize>channels) << 2;
  for (let i = top; i < top + size; i++) {
    for (let j = left; j < left + size; j++) {
      if (<u32>i < <u32>height && <u32>j < <u32>width) copyRow(to, from + <usize>(i * width + j) * pixel, channels);
      else clearRow(to, channels);
      to += pixel;
    }
  }
}

/** Bᵀ d B of `count` tiles from `first` on; `room`: how many tiles the arrays have room for; `copy`: room for 16 pixels. */
export function transformInputs(x: usize, g: Geometry, first: i32, count: i32, to: usize, room: i32, apart: usize, copy: usize): void {
  const channels = g.inChannels, pixel = (<usize>channels) << 2, line = <usize>g.inWidth * pixel, beyond = <usize>room * lineBytes;
  find(g, first);
  for (; count > 0; count--) {
    const top = 2 * tileRow - g.padTop, left = 2 * tileColumn - g.padLeft, from = x + <usize>(image * g.inHeight) * line;
    if (top >= 0 && left >= 0 && top + 4 <= g.inHeight && left + 4 <= g.inWidth) {
      transformCells(from + <usize>top * line + <usize>left * pixel, line, pixel, channels, to, beyond, apart);
    } else {
      copyPixels(from, g.inHeight, g.inWidth, channels, top, left, 4, copy);
      transformCells(copy, pixel << 2, pixel, channels, to, beyond, apart);
    }
    to += lineBytes;
    next(g);
  }
}

/** A dY Aᵀ of `count` tiles from `first` on, of `channels` channels from `channel` on. */
export function transformGradients(dy: usize, g: Geometry, channel: i32, channels: i32, first: i32, count: i32, to: usize, room: i32, apart: usize, copy: usize): void {
  const all = g.outChannels, pixel = (<usize>all) << 2, line = <usize>g.outWidth * pixel, beyond = <usize>room * lineBytes, skip = (<usize>channel) << 2;
  find(g, first);
  for (; count > 0; count--) {
    const top = 2 * tileRow, left = 2 * tileColumn, from = dy + <usize>(image * g.outHeight) * line;
    if (top + 2 <= g.outHeight && left + 2 <= g.outWidth) {
      transformGiven(from + <usize>top * line + <usize>left * pixel + skip, line, pixel, channels, to, beyond, apart);
    } else {
      copyPixels(from, g.outHeight, g.outWidth, all, top, left, 2, copy);
      transformGiven(copy + skip, pixel << 1, pixel, channels, to, beyond, apart);
    }
    to += lineBytes;
    next(g);
  }
}

/** Aᵀ m A of `count` tiles from `first` on to y, `channels` channels from `channel` on; `bias`: what belongs to the first of these, 0 for none. */
export function transformOutputs(
  sums: usize, apart: usize, g: Geometry, channel: i32, channels: i32, first: i32, count: i32, y: usize, bias: usize, low: f32, high: f32, halves: usize,
): void {
  const pixel = (<usize>g.outChannels) << 2, line = <usize>g.outWidth * pixel;
  find(g, first);
  for (; count > 0; count--) {
    const top = 2 * tileRow, left = 2 * tileColumn;
    const to = y + <usize>((image * g.outHeight + top) * g.outWidth + left) * pixel + (<usize>channel << 2);
    transformSums(sums, apart, channels, to, line, pixel, min(2, g.outHeight - top), min(2, g.outWidth - left), bias, low, high, halves);
    sums += (<usize>channels) << 2;
    next(g);
  }
}
