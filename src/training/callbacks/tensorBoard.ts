import { z } from 'zod';
import { parseOptions } from '../../core/errors.ts';
import { remember, type Callback, type Logs, type Training } from './callback.ts';

const options = z.strictObject({
  /** Where `tensorboard --logdir` looks; `train` and `validation` go below it. */
  logDir: z.string().min(1).default('logs'),
  /** How often to write losses and metrics beside each epoch's: after so many batches, or each of them. */
  updateFreq: z.union([z.enum(['epoch', 'batch']), z.int().positive()]).default('epoch'),
  /** Every how many epochs to write how the weights are spread; 0 is never. */
  histogramFreq: z.int().nonnegative().default(0),
});

const where = 'tensorBoard';
const validation = 'val_';

// Loaded when there is something to write: a browser has no files.
const door = async () => ({ ...(await import('../../formats/files.ts')), ...(await import('../../formats/tensorBoardEvents.ts')) });

/** A file of events that grows. */
interface Log { readonly path: string; readonly end: number }

const named = (scalars: Readonly<Record<string, number | undefined>>, name: (log: string) => string): Record<string, number> =>
  Object.fromEntries(Object.entries(scalars).flatMap(([log, value]) => (value === undefined ? [] : [[name(log), value]])));

/**
 * Writes what TensorBoard draws, under the names that Keras's callback uses: `epoch_loss`, `epoch_learning_rate`, … at each epoch, `batch_loss`, … at batches,
 * histograms of weights. Numbers of validation go into a run of their own, under the same names.
 * With `updateFreq` other than `'epoch'`, training is looked at after each batch, which small models feel.
 */
export function tensorBoard(given: z.input<typeof options> = {}): Callback {
  const { logDir, updateFreq, histogramFreq } = parseOptions(where, options, given);
  const every = updateFreq === 'epoch' ? 0 : updateFreq === 'batch' ? 1 : updateFreq;
  const base = logDir.replace(/(?<=.)[/\\]+$/, '');
  let logs: { readonly [run: string]: Log } = {};
  let file = '';
  /** Batches so far. */
  let batches = 0;

  async function write(run: string, record: Uint8Array): Promise<void> {
    const { makeFolder, replaceTail, firstEvent } = await door();
    const folder = `${base}/${run}`;
    let log = logs[run];
    if (!log) {
      await makeFolder(folder, where);
      const path = `${folder}/${file}`;
      log = { path, end: await replaceTail(path, 0, firstEvent(), where) };
    }
    logs = { ...logs, [run]: { path: log.path, end: await replaceTail(log.path, log.end, record, where) } };
  }

  async function writeEpoch(epoch: number, found: Logs, training: Training): Promise<void> {
    const { scalarsEvent, histogramsEvent } = await door();
    const [train, validated] = [false, true].map((wanted) => Object.fromEntries(Object.entries(found).filter(([name]) => name.startsWith(validation) === wanted))) as [Logs, Logs];
    await write('train', scalarsEvent(epoch, named({ ...train, learning_rate: training.learningRate }, (name) => `epoch_${name}`)));
    if (Object.keys(validated).length > 0) await write('validation', scalarsEvent(epoch, named(validated, (name) => `epoch_${name.slice(validation.length)}`)));
    if (histogramFreq === 0 || epoch % histogramFreq !== 0) return;
    const weights = training.model.readWeights();
    await write('train', histogramsEvent(epoch, Object.fromEntries(training.model.weightNames.map((name, i) => [`${name}/histogram`, weights[i]!.data]))));
  }

  return {
    memory: remember(where, () => ({ logs: logs as { [run: string]: { path: string; end: number } }, batches }), (kept) => ({ logs, batches } = kept)),
    onTrainBegin() {
      logs = {};
      batches = 0;
      const { pid = 0 } = (globalThis as { process?: { pid?: number } }).process ?? {};
      // TensorBoard knows such files by this word, and reads a folder's in the order of their names.
      file = `events.out.tfevents.${Date.now()}.ibex.${pid}.v2`;
    },
    ...(every === 0 ? { sparse: true } : {
      async onBatchEnd(_: number, found: Logs) {
        batches++;
        if (batches % every !== 0) return;
        const { scalarsEvent } = await door();
        await write('train', scalarsEvent(batches - 1, named({ ...found }, (name) => `batch_${name}`)));
      },
    }),
    onEpochEnd: writeEpoch,
  };
}
