import { damaged, type Cursor, type Source } from './cursor.ts';

/** The shape that a dataspace message says: `[]` for one value, `undefined` for none at all. */
export function readShape(source: Source, message: Cursor): number[] | undefined {
  const version = message.u8();
  const rank = message.u8();
  message.skip(1);
  const kind = message.u8();
  if (version === 1) message.skip(4);
  else if (version !== 2) throw damaged(source, `a dataspace of version ${version}`);
  else if (kind === 2) return undefined;
  if (rank > 32) throw damaged(source, `a dataspace of ${rank} dimensions`);
  return Array.from({ length: rank }, () => message.u64());
}

export const elements = (shape: readonly number[]) => shape.reduce((count, size) => count * size, 1);

/** What lies in a file for a dataset, unpacked. */
export interface Extent {
  readonly shape: readonly number[];
  /** Bytes of one value. */
  readonly valueSize: number;
  /** Bytes of all values. */
  readonly size: number;
}

// Compressed weights are not much smaller than the weights. Up to 256 MiB are free; beyond, a file may hold a hundred times its size.
const freeSize = 2 ** 28;
const believedRatio = 100;

/** Refuses a size that no honest file of this length would need, before any memory is taken for it. */
export function checkSize(source: Source, size: number, path: string): void {
  if (size <= Math.max(freeSize, believedRatio * source.bytes.length)) return;
  throw source.refuse(`"${path}" in the HDF5 file would have ${size} bytes, in a file of ${source.bytes.length}: do not trust it`);
}
