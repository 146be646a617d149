/** HDF5 files taken apart, for tests that put them together otherwise. */
import type { NewDataset, NewGroup } from '../../../src/formats/hdf5Writer.ts';
import { readHdf5 } from '../../../src/formats/hdf5.ts';

/** All that a file holds, as it would be written. */
export function contentsOf(bytes: Uint8Array): NewGroup {
  const file = readHdf5(bytes, 'test');
  const attributes = (path: string) => Object.fromEntries(file.attributes(path)) as NonNullable<NewGroup['attributes']>;
  const datasets: Record<string, NewDataset> = Object.fromEntries(file.paths().map((path) => [path, file.dataset(path) as unknown as NewDataset]));
  const groups = (path: string): Record<string, NewGroup> => Object.fromEntries(file.children(path).flatMap((name) => {
    const inner = path === '' ? name : `${path}/${name}`;
    return inner in datasets ? [] : [[inner, { attributes: attributes(inner) }] as const, ...Object.entries(groups(inner))];
  }));
  return { attributes: attributes(''), groups: groups(''), datasets };
}
