/**
 * Which kernel calls are shared among threads, and how: a call becomes several, each of which makes some rows, columns or examples of the
 * result. Every number of a result is computed by the same operations in the same order as in one call, so results are the same to the last bit.
 */
import type { Call } from '../replay/capture.ts';
import { parameters, type Kernels } from '../generated/kernels.ts';
import { type Geometry, geometryAt, placeGeometry } from '../geometry.ts';

type Values = readonly number[];

/** Calls of one kernel. */
export interface Shared { readonly kernel: keyof Kernels; readonly calls: readonly Values[] }

interface Stretch { readonly from: number; readonly count: number }

/** Multiplications that a part is worth: about 15 µs, as much as waking a thread costs. */
const worth = 400_000;
const bytes = 4;
/** The matrix product sums tiles of so many rows and columns, and so much of the inner axis before it adds to what is in the result. */
const tile = { rows: 4, columns: 8, inner: 512 } as const;
/** Packing as much of the other factor takes some tenth of the time of so many rows or columns. */
const ample = 64;

/** Parts for each thread: more than one, as one that is late leaves its parts to the others. */
const partsOfThread = 3;

/**
 * Cuts `length` into stretches of whole steps, each worth its while; none if that would be one. There are more than threads only where each is
 * `ample`: what all parts do anew (packing a factor) then matters little.
 */
function stretches(length: number, multiplicationsOfOne: number, step: number, threads: number, ample = 1): readonly Stretch[] {
  const wanted = Math.max(threads, Math.min(partsOfThread * threads, Math.floor(length / ample)));
  const parts = Math.min(wanted, Math.floor((length * multiplicationsOfOne) / worth), Math.ceil(length / step));
  if (parts < 2) return [];
  const size = Math.ceil(length / parts / step) * step;
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => ({ from: i * size, count: Math.min(size, length - i * size) }));
}

function matMul([a, b, c, count, aStep, bStep, m, n, k, transposeA, transposeB, bias, low, high]: Values, threads: number): Shared {
  if (count! > 1) {
    return {
      kernel: 'matMul',
      calls: stretches(count!, m! * n! * k!, 1, threads).map((part) => [
        a! + bytes * part.from * aStep!, b! + bytes * part.from * bStep!, c! + bytes * part.from * m! * n!, part.count, aStep!, bStep!, m!, n!, k!, transposeA!, transposeB!, bias!, low!, high!,
      ]),
    };
  }
  const part = (row: Stretch, column: Stretch): Values => [
    a! + bytes * row.from * (transposeA ? 1 : k!), b! + bytes * column.from * (transposeB ? k! : 1), c! + bytes * (row.from * n! + column.from),
    transposeA ? m! : k!, transposeB ? k! : n!, n!, row.count, column.count, k!, transposeA!, transposeB!, bias! && bias! + bytes * column.from, low!, high!,
  ];
  // Products with vectors go by memory.
  if (m === 1 || n === 1) return { kernel: 'matMulPart', calls: [] };
  // The shorter side is what each part packs anew.
  const calls = m! >= n!
    ? stretches(m!, n! * k!, 4 * tile.rows, threads, ample).map((row) => part(row, { from: 0, count: n! }))
    : stretches(n!, m! * k!, 2 * tile.columns, threads, ample).map((column) => part({ from: 0, count: m! }, column));
  return { kernel: 'matMulPart', calls };
}

/** How many products with the state a recurrent cell takes, by its number. */
const products: readonly number[] = [4, 3, 1, 3];

/** Sequences by examples, each of which goes through all its steps. */
function sequence(kernel: 'sequenceForward' | 'sequenceBack', values: Values, threads: number): Shared {
  const value = (name: string) => values[parameters[kernel].findIndex(([own]) => own === name)]!;
  const cost = value('steps') * value('units') ** 2 * products[value('cell')]!;
  // The last two parameters are the first example and the one behind the last.
  return { kernel, calls: stretches(value('batch'), cost, tile.rows, threads).map(({ from, count }) => [...values.slice(0, -2), from, from + count]) };
}

const inSize = (g: Geometry): number => g.inDepth * g.inHeight * g.inWidth * g.inChannels;
const outSize = (g: Geometry): number => g.outDepth * g.outHeight * g.outWidth * g.outChannels;
const taps = (g: Geometry): number => g.filterDepth * g.filterHeight * g.filterWidth;
/** A convolution's tiles that end early add up otherwise than whole ones, if the inner axis is long: parts may not begin within a tile. */
const step = (inner: number, rows: number): number => (inner <= tile.inner || rows % tile.rows === 0 ? 1 : rows % 2 === 0 ? 2 : tile.rows);

interface Windows {
  /** What each of the first parameters is an example of. */
  readonly moves: readonly ('in' | 'out' | 'all')[];
  /** Multiplications for an example, or as much time. */
  readonly cost: (g: Geometry) => number;
  /** How many examples belong together; 0 if they cannot be told apart. */
  readonly step?: (g: Geometry) => number;
  /** How many examples are worth what every part does with the filter. */
  readonly ample?: (g: Geometry) => number;
}

const plain = (g: Geometry): boolean => g.strideDepth === 1 && g.strideHeight === 1 && g.strideWidth === 1;
const manyWindows = (g: Geometry): number => Math.ceil(1024 / (g.outDepth * g.outHeight * g.outWidth));
const convolution = (g: Geometry): number => outSize(g) * taps(g) * g.inChannels;
const eachChannel = (g: Geometry): number => 4 * outSize(g) * taps(g);

const windows: Partial<Record<keyof Kernels, Windows>> = {
  convolve: { moves: ['in', 'all', 'out'], cost: convolution, ample: manyWindows, step: (g) => step(taps(g) * g.inChannels, g.outDepth * g.outHeight * g.outWidth) },
  convolveBackInput: {
    moves: ['out', 'all', 'in'], cost: convolution, ample: manyWindows,
    // Windows that are not side by side are added in whole vectors, which may reach into the next example.
    step: (g) => (plain(g) ? step(taps(g) * g.outChannels, g.inDepth * g.inHeight * g.inWidth) : (g.filterWidth * g.inChannels) % 4 === 0 && g.outChannels <= tile.inner ? 1 : 0),
  },
  depthwise: { moves: ['in', 'all', 'out'], cost: eachChannel },
  depthwiseBackInput: { moves: ['out', 'all', 'in'], cost: eachChannel },
  maxPool: { moves: ['in', 'out'], cost: eachChannel },
  meanPool: { moves: ['in', 'out'], cost: eachChannel },
  maxPoolBack: { moves: ['in', 'out', 'in'], cost: eachChannel },
  meanPoolBack: { moves: ['out', 'in'], cost: eachChannel },
};

const byExamples = (kernel: keyof Kernels, { moves, cost, step: together = () => 1, ample: enough = () => 1 }: Windows) => (values: Values, threads: number): Shared => {
  const whole = geometryAt(values[moves.length]!);
  const apart = together(whole);
  const size = { in: inSize(whole), out: outSize(whole), all: 0 };
  const calls = apart === 0 ? [] : stretches(whole.batch, cost(whole), apart, threads, enough(whole)).map(({ from, count }) => [
    ...moves.map((move, i) => values[i]! + bytes * from * size[move]), placeGeometry({ ...whole, batch: count }), ...values.slice(moves.length + 1),
  ]);
  return { kernel, calls };
};

/** Whether the filter's gradient is made by transforming all of the input (assembly/winograd.ts), as each part does anew; then parts are of so many channels. */
const isTransformed = ({ filterHeight, filterWidth, inChannels, outChannels }: Geometry): boolean =>
  filterHeight === 3 && filterWidth === 3 && inChannels % transformedChannels === 0 && outChannels % transformedChannels === 0;
const transformedChannels = 16;

/** By parts of the filter: lines of it, and of those as many columns as a tile has. */
function convolveBackFilter([x, dy, dFilter, address]: Values, threads: number): Shared {
  const whole = geometryAt(address!);
  const pieces = whole.filterDepth * whole.filterHeight * Math.ceil(whole.outChannels / tile.columns);
  const most = isTransformed(whole) ? Math.min(threads, whole.outChannels / transformedChannels) : pieces <= 2 * partsOfThread * threads ? pieces : partsOfThread * threads;
  const parts = Math.min(most, Math.floor((whole.batch * convolution(whole)) / worth));
  return { kernel: 'convolveBackFilter', calls: Array.from({ length: parts }, (_, part) => [x!, dy!, dFilter!, address!, part, parts]) };
}

const cuts: Partial<Record<keyof Kernels, (values: Values, threads: number) => Shared>> = {
  matMul,
  convolveBackFilter,
  sequenceForward: (values, threads) => sequence('sequenceForward', values, threads),
  sequenceBack: (values, threads) => sequence('sequenceBack', values, threads),
  ...Object.fromEntries(Object.entries(windows).map(([kernel, own]) => [kernel, byExamples(kernel as keyof Kernels, own)])),
};

/** The calls that a call comes to for so many threads; `undefined` if it is not worth sharing. */
export function share({ kernel, values }: Call, threads: number): Shared | undefined {
  const shared = cuts[kernel]?.(values, threads);
  return shared && shared.calls.length > 1 ? shared : undefined;
}
