// Convolutions of 3 × 3 by Winograd's minimal filtering: a tile of 2 × 2 outputs takes 16 multiplications a pair of channels where it would take 36.
// Each is the product of two matrices, of all tiles by their channels, so that it is the tile of sums that does the work, as it does everywhere.
import { Geometry } from './geometry';
import { packColumns, packRows } from './pack';
import { windowScratch } from './scratch';
import { at } from './simd';
import { sumRows, sumTile, tileColumns, tileRows } from './tile';
import { tilesHigh, tilesWide, transformGradients, transformInputs, transformOutputs } from './winogradTiles';
import { lineBytes, lineChannels, transformTaps, transformWeights } from './winogradTransform';

/** How many weights of each of the 16 matrices there is room for. */
@inline const mostWeights = 16384;
/** How many numbers of each of the 16 matrices of transformed tiles, their sums included: 512 KiB in all, half of the second-level cache. */
@inline const mostNumbers = 8192;
/** Up to so many channels the working memory that there always is suffices. */
@inline const mostChannels = 1024;

/**
 * Whether a convolution is computed here. It has to be by its geometry without its batch, as a batch may be shared among threads. Of few channels the
 * transforms cost more than they save, of small images the filter's does.
 */
export function isWinograd(g: Geometry): bool {
  return g.filterHeight == 3 && g.filterWidth == 3 && g.filterDepth == 1 && g.strideHeight == 1 && g.strideWidth == 1 && g.dilationHeight == 1 && g.dilationWidth == 1
    && g.inDepth == 1 && g.outDepth == 1 && g.strideDepth == 1
    && (g.inChannels & 15) == 0 && (g.outChannels & 15) == 0 && g.inChannels <= mostChannels && g.outChannels <= mostChannels
    && g.outHeight >= 4 && g.outWidth >= 4;
}

/** Outputs that are computed together. */
@inline
function breadthOf(g: Geometry): i32 {
  return min(g.outChannels, (mostWeights / g.inChannels) & ~(lineChannels - 1));
}

/** Tiles that are. */
@inline
function tilesOf(channels: i32, breadth: i32): i32 {
  return (mostNumbers / (channels + breadth)) & ~(tileRows - 1);
}

/** Bytes from one of 16 arrays of so many floats to the next: not a power of two, by which all would share a few places of the cache. */
@inline
function apartOf(floats: i32): usize {
  return ((<usize>floats) << 2) + 64;
}

@inline
function workplace(): usize {
  return (windowScratch() + 63) & ~63;
}

/** G g Gᵀ of outputs `from` to `from + breadth` as panels of eight of them. */
function transformFilter(filter: usize, g: Geometry, mirrored: bool, from: i32, breadth: i32, to: usize, apart: usize, taps: usize): void {
  const k = g.inChannels, o = g.outChannels, tapBytes = apartOf(8 * k);
  for (let q = from; q < from + breadth; q += tileColumns) {
    for (let tap = 0; tap < 9; tap++) {
      const panel = taps + <usize>tap * tapBytes;
      if (mirrored) packColumns(at(filter, ((8 - tap) * o + q) * k), (<usize>k) << 2, k, tileColumns, panel);
      else packRows(at(filter, tap * k * o + q), (<usize>o) << 2, k, tileColumns, panel);
    }
    transformTaps(taps, tapBytes, 8 * k, to, apart);
    to += (<usize>k) << 5;
  }
}

/** y = x * filter (+ bias), bounded. `mirrored`: the filter is that of the convolution whose gradient by the input this is, [3, 3, o, c] here. */
export function convolveTiles(x: usize, filter: usize, y: usize, g: Geometry, mirrored: bool, bias: usize, low: f32, high: f32): void {
  const channels = g.inChannels, most = breadthOf(g), room = tilesOf(channels, most), total = g.batch * tilesHigh(g) * tilesWide(g);
  const weightsApart = apartOf(most * channels), cellsApart = apartOf(room * channels), sumsApart = apartOf(room * most);
  const weights = workplace(), cells = weights + (weightsApart << 4), sums = cells + (cellsApart << 4), rest = sums + (sumsApart << 4);
  const skip = <usize>(room - 1) * lineBytes;
  for (let j = 0; j < g.outChannels; j += most) {
    const breadth = min(most, g.outChannels - j), step = (<usize>breadth) << 2;
    transformFilter(filter, g, mirrored, j, breadth, weights, weightsApart, rest);
    for (let first = 0; first < total; first += room) {
      const count = min(room, total - first);
      transformInputs(x, g, first, count, cells, room, cellsApart, rest);
      for (let e: usize = 0; e < 16; e++) {
        for (let q = 0; q < breadth; q += tileColumns) {
          const panel = weights + e * weightsApart + (<usize>(q * channels) << 2);
          // Beyond the last tile there is room for what its four may be more.
          for (let p = 0; p < count; p += tileRows) {
            sumRows(cells + e * cellsApart + <usize>p * lineBytes, skip, panel, channels / lineChannels, sums + e * sumsApart + (<usize>(p * breadth + q) << 2), step);
          }
        }
      }
      transformOutputs(sums, sumsApart, g, j, breadth, first, count, y, bias ? at(bias, j) : 0, low, high, rest);
    }
  }
}

/** dFilter [3, 3, c, o] of x and dy. Of `parts`, each of which makes some columns of dFilter, only `part` is made. */
export function convolveTilesBackFilter(x: usize, dy: usize, dFilter: usize, g: Geometry, part: i32, parts: i32): void {
  const channels = g.inChannels, o = g.outChannels, most = breadthOf(g), room = tilesOf(channels, most), total = g.batch * tilesHigh(g) * tilesWide(g);
  const weightsApart = apartOf(most * channels), cellsApart = apartOf(room * channels), givenApart = apartOf(room * most);
  const weights = workplace(), cells = weights + (weightsApart << 4), given = cells + (cellsApart << 4), rest = given + (givenApart << 4);
  const beyond = <usize>room * lineBytes, lines = o / lineChannels, end = lines * (part + 1) / parts * lineChannels;
  for (let j = lines * part / parts * lineChannels; j < end; j += most) {
    const breadth = min(most, end - j), step = (<usize>breadth) << 2;
    for (let first = 0; first < total; first += room) {
      const count = min(room, total - first);
      transformInputs(x, g, first, count, cells, room, cellsApart, rest);
      transformGradients(dy, g, j, breadth, first, count, given, room, givenApart, rest);
      for (let e: usize = 0; e < 16; e++) {
        for (let q = 0; q < breadth; q += tileColumns) {
          const b = given + e * givenApart + <usize>(q / lineChannels) * beyond + (<usize>(q & (lineChannels - 1)) << 2);
          for (let i = 0; i < channels; i += tileRows) {
            const a = cells + e * cellsApart + <usize>(i / lineChannels) * beyond + (<usize>(i & (lineChannels - 1)) << 2);
            sumTile(a, lineBytes, 0, b, lineBytes, count, 1, weights + e * weightsApart + (<usize>(i * breadth + q) << 2), step, first > 0);
          }
        }
      }
    }
    for (let i = 0; i < channels; i++) {
      transformWeights(weights + <usize>i * step, weightsApart, breadth, at(dFilter, i * o + j), (<usize>(channels * o)) << 2);
    }
  }
}
