import { recorderOf } from '../../src/core/recorder.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { expectClose } from './close.ts';
import { atOnce } from '../../src/core/phases.ts';

/** Whether the engine in use can record a step. */
export const canRecord = (): boolean => recorderOf(tf.getBackend()) !== undefined;

/** A step over two batches of the data's rows must come to the same recorded and replayed as one operation after another. Returns why the engine declined, if it did. */
export function expectSameRecorded(start: readonly Tensor[], data: readonly Tensor[], step: (state: readonly Tensor[], batch: readonly Tensor[]) => readonly Tensor[]): string | undefined {
  const recorder = recorderOf(tf.getBackend())!;
  const size = data[0]!.shape[0]! / 2;
  const rowsFrom = (first: number) => data.map((all) => tf.slice(all, [first, ...Array<number>(all.rank - 1).fill(0)], [size, ...Array<number>(all.rank - 1).fill(-1)]));
  const want = tf.tidy(() => step(step(start, rowsFrom(size)), rowsFrom(0)).map((tensor) => [...tensor.dataSync()]));

  const state = start.map((tensor) => recorder.duplicate(tensor));
  const batch = tf.tidy(() => rowsFrom(0).map((tensor) => tf.keep(recorder.duplicate(tensor))));
  const recorded = atOnce(recorder.record({ state, batch, data, step }));
  if ('declined' in recorded) return recorded.declined;
  recorded.recording.run(Uint32Array.from({ length: 2 * size }, (_, i) => (i + size) % (2 * size)));
  state.forEach((tensor, i) => expectClose(tensor.dataSync(), want[i]!, { rtol: 1e-5, atol: 1e-6 }));
  recorded.recording.dispose();
  for (const tensor of [...state, ...batch]) tensor.dispose();
  return undefined;
}
