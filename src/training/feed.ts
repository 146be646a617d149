/** Steps on batches that come one by one. */
import type { Phases } from '../core/phases.ts';
import { recorderOf } from '../core/recorder.ts';
import { tf } from '../core/tensor.ts';
import { inOrder } from './batches.ts';
import { disposeBatch, takeBatch, type Dataset, type Port } from './dataset.ts';
import type { Run } from './run.ts';
import type { Trainer } from './trainer.ts';

/** The how manyth batch of a shape is recorded: the one from which on that pays as a rule. */
export const firstRecorded = ({ compiled: { options: { jit } } }: Trainer): number => (jit === true ? 1 : recorderOf(tf.getBackend())?.standby.worthRecording ?? Infinity);

/** One operation after another. */
export function advanceOver(run: Run, batch: Dataset, ports: readonly Port[]): void {
  const tensors = takeBatch(batch, inOrder(batch.length), ports);
  try {
    run.advance(tensors);
  } finally {
    disposeBatch(tensors);
  }
}

/** On a record; says why not, if the step had to be taken otherwise. */
export function* feed(run: Run, batch: Dataset, ports: readonly Port[]): Phases<string | undefined> {
  const ended = yield* run.feed(batch);
  if (ended?.done === 0) advanceOver(run, batch, ports);
  return ended?.declined;
}
