import { z } from 'zod';
import { ModelError, parseOptions } from '../../core/errors.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Callback, Memory, Training } from './callback.ts';

const options = z.strictObject({
  /** A folder of its own, made if it is not there. */
  dir: z.string().min(1),
  /** When to write: at the end of each epoch, or after so many batches (where steps run compiled, so many and up to 50 ms). */
  every: z.union([z.literal('epoch'), z.int().positive()]).default('epoch'),
  /** What to do when the snapshot cannot be written: say so and go on, or end training. */
  onError: z.enum(['warn', 'throw']).default('warn'),
});

const where = 'backupAndRestore';

const form = z.object({ of: z.record(z.string(), z.string()), next: z.object({ epoch: z.int(), batch: z.int() }), logs: z.object({}), memories: z.array(z.unknown()), variables: z.array(z.unknown()), optimizer: z.array(z.unknown()), averaged: z.boolean() });

// Loaded when training begins: a browser has no files.
const door = async () => ({ ...(await import('../../formats/files.ts')), ...(await import('../../formats/folderLock.ts')), ...(await import('../../formats/treeFile.ts')) });

/** @throws ModelError for a file that is damaged, or not a snapshot. */
async function load(path: string): Promise<Snapshot | undefined> {
  const { exists, readTree } = await door();
  if (!(await exists(path))) return undefined;
  const tree = await readTree(path, `${where}: ${path}`);
  if (form.safeParse(tree).success) return tree as unknown as Snapshot;
  throw new ModelError(where, `${path} is not a snapshot of ibex's; remove it to begin anew`);
}

/**
 * Keeps a snapshot of training in a folder, and goes on from it when the same program is run again: it ends with the weights
 * that it would have ended with, to the bit. The snapshot is gone once training is complete.
 * An iterable of batches has to give the same ones again.
 * @throws ModelError if another process trains with this folder, and for a snapshot that is damaged or of another training
 */
export function backupAndRestore(given: z.input<typeof options>): Callback {
  const { dir, every, onError } = parseOptions(where, options, given);
  const path = `${dir.replace(/(?<=.)[/\\]+$/, '')}/training.snapshot`;
  let release: (() => Promise<void>) | undefined;
  let told = new Set<string>();
  let epochNow = 0;
  /** Batches of the epoch, and those since the last snapshot. */
  let seen = 0;
  let since = 0;

  /** Training is worth more than its snapshot, unless told otherwise. */
  async function attempt(action: () => Promise<void>, consequence: string): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (onError === 'throw' || !(error instanceof ModelError)) throw error;
      if (!told.has(error.message)) console.warn(`ibex: ${error.message}; ${consequence}.`);
      told.add(error.message);
    }
  }

  async function write(training: Training, next: Snapshot['next']): Promise<void> {
    // After stop() the epoch is not gone on with: who goes on from an earlier snapshot comes to the same end.
    if (training.stopped) return;
    const { writeTree } = await door();
    await attempt(() => writeTree(path, training.snapshot(next) as unknown as Memory, where), 'training goes on, with the snapshot before it');
  }

  return {
    last: true,
    sparse: true,
    async onTrainBegin(training) {
      told = new Set();
      since = 0;
      let takenBy: string | undefined;
      const { lockFolder } = await door();
      await attempt(async () => {
        const lock = await lockFolder(dir, where);
        if ('release' in lock) ({ release } = lock);
        else ({ takenBy } = lock);
      }, 'training goes on without a lock');
      if (takenBy !== undefined) throw new ModelError(where, `${takenBy} keeps its snapshot in ${dir}; wait for its end, or choose another folder`);
      const snapshot = await load(path);
      if (snapshot) training.resume(snapshot);
    },
    onEpochBegin(epoch) {
      epochNow = epoch;
      seen = 0;
    },
    ...(every === 'epoch' ? { onEpochEnd: (epoch, _, training) => write(training, { epoch: epoch + 1, batch: 0 }) } : {
      async onBatchEnd(batch, _, training) {
        since += batch + 1 - seen;
        seen = batch + 1;
        if (since < every) return;
        since = 0;
        await write(training, { epoch: epochNow, batch: batch + 1 });
      },
    }) satisfies Callback,
    async onTrainEnd() {
      const { exists, removeFile } = await door();
      if (await exists(path)) await attempt(() => removeFile(path, where), 'remove it before the next training');
    },
    async onTrainClose() {
      await release?.();
      release = undefined;
    },
  };
}
