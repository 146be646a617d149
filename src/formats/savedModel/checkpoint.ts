/**
 * The numbers of variables, as TensorFlow's checkpoints keep them: one file of numbers, one that says which are where. Field numbers:
 * tensorflow/core/protobuf/tensor_bundle.proto of TensorFlow (Apache-2.0).
 */
import { fixed32, integer, join, message } from '../../core/protobuf.ts';
import { shapeFields } from '../../runtime/native/record/graph.ts';
import type { TracedConstant } from '../export/trace.ts';
import { maskedCrc32c } from '../crc32c.ts';
import type { FolderFile } from '../folder.ts';
import { typeNumber } from './typeNumber.ts';
import { table } from './table.ts';

export interface Variable { readonly name: string; readonly value: Pick<TracedConstant, 'data' | 'shape' | 'dtype'> }

const bytesOf = ({ data }: Variable['value']) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** The files of a checkpoint; `prefix` begins their names. Names of variables are ASCII. */
export function checkpoint(prefix: string, variables: readonly Variable[]): readonly FolderFile[] {
  let at = 0;
  const entries = variables.map(({ name, value }) => {
    const bytes = bytesOf(value);
    const entry = join([
      integer(1, typeNumber(value.dtype)), message(2, ...shapeFields(value.shape)), integer(4, at), integer(5, bytes.length), fixed32(6, maskedCrc32c(bytes)),
    ]);
    at += bytes.length;
    return { key: name, value: entry };
  });
  // One file of numbers, lowest byte first, of version 1.
  const header = { key: '', value: join([integer(1, 1), message(3, integer(1, 1))]) };
  return [
    { name: `${prefix}.index`, content: [table([header, ...entries.sort((a, b) => (a.key < b.key ? -1 : 1))])] },
    { name: `${prefix}.data-00000-of-00001`, content: variables.map(({ value }) => bytesOf(value)) },
  ];
}
