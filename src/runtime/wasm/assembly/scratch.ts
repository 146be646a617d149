// The working memory of all kernels: one region, handed over by the host. But for the table at its start, no kernel keeps anything there.
import { productBytes } from './product';
import { tableBytes, writeTable } from './table';

let region: usize = 0;
let size: usize = 0;

/** Gives the kernels `bytes` of working memory at an address aligned to 16. */
export function useScratch(address: usize, bytes: usize): void {
  writeTable(address);
  region = address + tableBytes;
  size = bytes - tableBytes;
}

@inline
export function productScratch(): usize {
  return region;
}

/** Where a kernel puts a geometry that it makes itself. */
@inline
export function geometryScratch(): usize {
  return region + productBytes;
}

@inline const geometryBytes = 96;

/** Where convolutions lay out their windows, behind the part that the matrix product works in; a vector more than `windowBytes` is there. */
@inline
export function windowScratch(): usize {
  return region + productBytes + geometryBytes;
}

@inline
export function windowBytes(): usize {
  return size - productBytes - geometryBytes - 16;
}
