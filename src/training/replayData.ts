/** Data as recordings take it: all of it laid out on the engine, or a stretch of rows at a time. */
import type { Phases } from '../core/phases.ts';
import type { Recorder } from '../core/recorder.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { inOrder } from './batches.ts';
import { gatherRows, rowsToTensor, type HostArray } from './data.ts';
import type { Batch, Dataset, Port } from './dataset.ts';

/** Bytes of data that are laid out on the engine at most, and bytes of more data that are there at a time. */
const room = { whole: 2 ** 29, part: 2 ** 26 };

interface Typed { readonly array: HostArray; readonly dtype: 'float32' | 'int32' }

/** The arrays of a data set in a flat list. */
export const arraysOf = ({ x, y, weights }: Dataset, ports: readonly Port[]): readonly Typed[] => [
  ...x.map((array, i) => ({ array, dtype: ports[i]!.dtype as 'float32' | 'int32' })),
  ...[...y, ...weights].filter((array) => array !== undefined).map((array) => ({ array, dtype: 'float32' as const })),
];

/** The tensors of a batch from such a list. */
export function asBatch({ x, y, weights }: Dataset, list: readonly Tensor[]): Batch {
  let at = x.length;
  const next = (array: HostArray | undefined) => array && list[at++];
  return { x: list.slice(0, at), y: y.map(next), weights: weights.map(next), size: list[0]!.shape[0]! };
}

const bytesOf = ({ x, y, weights }: Dataset): number => 4 * [...x, ...y, ...weights].reduce((sum, array) => sum + (array?.data.length ?? 0), 0);

/** Why data cannot be replayed over, if it cannot. */
export function refusalOf(ports: readonly Port[]): string | undefined {
  const other = ports.find(({ dtype }) => dtype !== 'float32' && dtype !== 'int32');
  return other && `the input "${other.name}" takes ${other.dtype === 'string' ? 'strings, which layers read on the host' : 'booleans, which no recording takes'}`;
}

/** Rows that are staged at a time, whole batches of a size; `undefined` if all are laid out. */
export function stageOf(dataset: Dataset, batchSize: number, fed: boolean): number | undefined {
  if (fed) return batchSize;
  const bytes = bytesOf(dataset);
  return bytes <= room.whole ? undefined : batchSize * Math.max(1, Math.floor((room.part * dataset.length) / bytes / batchSize));
}

/** All rows as a tensor; numbers of its type are not copied on the way. */
const whole = ({ array, dtype }: Typed): Tensor =>
  (array.data instanceof (dtype === 'float32' ? Float32Array : Int32Array) ? tf.tensor(array.data, [...array.shape], dtype) : rowsToTensor(array, inOrder(array.shape[0]!), dtype));

/** All rows on the engine, or room for a stage of them. */
export const layOut = (arrays: readonly Typed[], stage: number | undefined): readonly Tensor[] =>
  arrays.map((typed) => tf.keep(stage === undefined ? whole(typed) : tf.zeros([stage, ...typed.array.shape.slice(1)], typed.dtype)));

/** Goes over the rows of an order stage by stage: puts them on the engine, then calls for the places where they lie. */
export function* inStages(recorder: Recorder, arrays: readonly Typed[], data: readonly Tensor[], rows: Uint32Array, stage: number, run: (places: Uint32Array) => Phases<void>): Phases<void> {
  for (let at = 0; at < rows.length; at += stage) {
    const part = rows.subarray(at, at + stage);
    arrays.forEach(({ array, dtype }, i) => recorder.standby.write(data[i]!, gatherRows(array, part, dtype)));
    yield* run(inOrder(part.length));
  }
}
