import { type DataType, tf } from '../../core/tensor.ts';
import { heap } from './heap.ts';
import { collapse, inAxes } from './strides.ts';

/** Bytes of an element, for the types whose elements are in the heap; nothing for the others. */
export const bytesOf = (dtype: DataType): 1 | 4 | undefined => (dtype === 'bool' ? 1 : dtype === 'float32' || dtype === 'int32' ? 4 : undefined);

/** Copies elements of `bytes` each from one strided block of the heap to another of the same sizes. */
export function copy(from: number, to: number, bytes: 1 | 4, sizes: readonly number[], fromStrides: readonly number[], toStrides: readonly number[]): void {
  if (tf.util.sizeFromShape([...sizes]) === 0) return;
  const walk = collapse({ sizes, strides: [fromStrides, toStrides] });
  const [x, y] = walk.strides as [number[], number[]];
  const last = walk.sizes.length - 1;
  if (y[last] === 1 && x[last] !== 1 && bytes === 4) {
    const columns = x.indexOf(1);
    if (columns >= 0) transpose(from, to, walk.sizes, x, y, columns);
    else stridedRows(from, to, walk.sizes, x, y);
    return;
  }
  const whole = y[last] === 1 && x[last] === 1;
  const row = whole ? walk.sizes[last]! * bytes : bytes;
  const outer = whole ? { sizes: walk.sizes.slice(0, -1), strides: walk.strides.map((own) => own.slice(0, -1)) } : walk;
  inAxes(outer, 4, ([n0, n1, n2, n3], strides, [fromOffset, toOffset]) => {
    const [x0, x1, x2, x3, y0, y1, y2, y3] = strides.map((stride) => stride * bytes);
    heap.kernels.copyRows(from + fromOffset! * bytes, to + toOffset! * bytes, n0!, n1!, n2!, n3!, row, x0!, x1!, x2!, x3!, y0!, y1!, y2!, y3!);
  });
}

/** Where what is next to each other on the one side is not so on the other. `columns`: the axis along which `from` is contiguous. */
function transpose(from: number, to: number, sizes: readonly number[], x: readonly number[], y: readonly number[], columns: number): void {
  const rows = sizes.length - 1;
  const others = sizes.map((_, axis) => axis).filter((axis) => axis !== columns && axis !== rows);
  const pick = (list: readonly number[]) => others.map((axis) => list[axis]!);
  inAxes({ sizes: pick(sizes), strides: [pick(x), pick(y)] }, 3, ([n0, n1, n2], [x0, x1, x2, y0, y1, y2], [fromOffset, toOffset]) => {
    heap.kernels.transpose(from + 4 * fromOffset!, to + 4 * toOffset!, n0!, n1!, n2!, sizes[rows]!, sizes[columns]!, x0!, x1!, x2!, x[rows]!, y0!, y1!, y2!, y[columns]!);
  });
}

function stridedRows(from: number, to: number, sizes: readonly number[], x: readonly number[], y: readonly number[]): void {
  const last = sizes.length - 1;
  inAxes({ sizes: sizes.slice(0, last), strides: [x.slice(0, last), y.slice(0, last)] }, 4, ([n0, n1, n2, n3], [x0, x1, x2, x3, y0, y1, y2, y3], [fromOffset, toOffset]) => {
    heap.kernels.copyStrided(from + 4 * fromOffset!, to + 4 * toOffset!, n0!, n1!, n2!, n3!, sizes[last]!, x0!, x1!, x2!, x3!, x[last]!, y0!, y1!, y2!, y3!);
  });
}

const word = new DataView(new ArrayBuffer(4));

/** The four bytes of a number of this type, as an int32. */
export function bitsOf(value: number, dtype: DataType): number {
  if (dtype === 'float32') word.setFloat32(0, value);
  else word.setInt32(0, value);
  return word.getInt32(0);
}

/** Sets `n` elements to one value. */
export function fill(to: number, n: number, value: number, dtype: DataType): void {
  if (dtype === 'bool') heap.kernels.fillBytes(to, n, value === 0 ? 0 : 1);
  else heap.kernels.fill(to, n, bitsOf(value, dtype));
}
