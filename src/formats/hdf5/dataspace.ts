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

// Compressed weights are not much smaller than the weights.
const freeSize = 2 ** 25;
const believedRatio = 20;

/** Bytes of values that are believed of a file of so many bytes, all in all. */
export const creditFor = (length: number): number => freeSize + believedRatio * length;

/** Refuses a size that no honest file of this length would need, before any memory is taken for it. */
export function checkSize(source: Source, size: number, path: string): void {
  if (size <= source.credit) return;
  throw source.refuse(`"${path}" in the HDF5 file would have ${size} bytes, in a file of ${source.bytes.length}: do not trust it`);
}
