/** `fit`: epochs of training steps, validation, callbacks. */
import { z } from 'zod';
import { ModelError, parseOptions } from '../core/errors.ts';
import { evaluateSource, Evaluation, type Validation } from './evaluate.ts';
import { isStream, type BatchStream } from './batches.ts';
import type { Callback, Logs, TrainedModel, Training } from './callbacks/callback.ts';
import { history, type History } from './callbacks/history.ts';
import { progress, standardOutput } from './callbacks/progress.ts';
import { readCallbacks } from './callbacks/read.ts';
import { batchSizeOf, sliceDataset, type Data } from './dataset.ts';
import type { ClassWeight } from './sampleWeights.ts';
import { datasetSource, readDataset, streamSource, type Source } from './source.ts';
import { checkSnapshot, fittingOf, restoreSnapshot, resumeRun, takeSnapshot, type Snapshot } from './snapshot.ts';
import type { Trainer } from './trainer.ts';
import { fed, replayed, stepwise, type Pace } from './epoch.ts';
import { recorderOf } from '../core/recorder.ts';
import { tf } from '../core/tensor.ts';
import type { Jit } from './compile.ts';
import { breather } from './breather.ts';

export interface FitOptions {
  /** How often to go through the data; default 1. With `initialEpoch`, the number of the epoch to stop before. */
  readonly epochs?: number | undefined;
  /** Examples in a batch; default 32. The last batch of an epoch may be smaller. */
  readonly batchSize?: number | undefined;
  /** Share of the examples, taken from the end before shuffling, that is held out for validation. */
  readonly validationSplit?: number | undefined;
  /** Data to validate on: `[x, y]`, `[x, y, sampleWeight]`, or an iterable of batches. */
  readonly validationData?: Validation | undefined;
  /** Every how many epochs to validate; default 1. */
  readonly validationFreq?: number | undefined;
  /** Batches of a validation; needed for an iterable that does not end. */
  readonly validationSteps?: number | undefined;
  /** Default `batchSize`. */
  readonly validationBatchSize?: number | undefined;
  /** Whether each epoch goes through the examples in a new order; default true. */
  readonly shuffle?: boolean | undefined;
  /** Called in this order; see `callbacks`. */
  readonly callbacks?: Callback | readonly Callback[] | undefined;
  /** 0 prints nothing, 1 a line that moves as an epoch does, 2 a line at the end of each epoch; default 1. */
  readonly verbose?: boolean | 0 | 1 | 2 | undefined;
  /** Weights of the classes' examples in the loss: `{ 0: 1, 1: 5 }`. */
  readonly classWeight?: ClassWeight | undefined;
  /** Weights of the examples in the loss: one each, or one for each of their steps. */
  readonly sampleWeight?: Data | undefined;
  /** Number of the first epoch; default 0. */
  readonly initialEpoch?: number | undefined;
  /** Batches in an epoch; needed for an iterable that does not end. */
  readonly stepsPerEpoch?: number | undefined;
}

const count = z.int().positive();
const options = z.strictObject({
  epochs: z.int().nonnegative().default(1),
  batchSize: count.optional(),
  validationSplit: z.number().gt(0).lt(1).optional(),
  validationData: z.unknown().optional(),
  validationFreq: count.default(1),
  validationSteps: count.optional(),
  validationBatchSize: count.optional(),
  shuffle: z.boolean().default(true),
  callbacks: z.unknown().optional(),
  verbose: z.union([z.boolean(), z.literal([0, 1, 2])]).default(1),
  classWeight: z.unknown().optional(),
  sampleWeight: z.unknown().optional(),
  initialEpoch: z.int().nonnegative().default(0),
  stepsPerEpoch: count.optional(),
});

interface Sources { readonly train: Source; readonly validate: Source | undefined }

function sourcesOf(trainer: Trainer, x: Data | BatchStream, y: Data | undefined, given: FitOptions, parsed: z.output<typeof options>): Sources {
  const context = trainer.context('fit');
  const { validationSplit, stepsPerEpoch, shuffle } = parsed;
  const { validationData, classWeight, sampleWeight } = given;
  const validationBatchSize = parsed.validationBatchSize ?? parsed.batchSize;
  const validate = validationData === undefined || validationData === null ? undefined
    : evaluateSource(trainer, 'fit: validationData', validationData, { batchSize: validationBatchSize, steps: parsed.validationSteps, stepsOption: 'validationSteps' });
  if (isStream(x)) {
    if (y !== undefined) throw new ModelError('fit', 'an iterable yields its own targets; leave y out, and options third: fit(batches, undefined, { … })');
    if (validationSplit !== undefined) throw new ModelError('fit', 'cannot split an iterable; give validationData');
    if (sampleWeight !== undefined) throw new ModelError('fit', 'an iterable yields its own weights: [x, y, sampleWeight]');
    if (parsed.batchSize !== undefined) throw new ModelError('fit', 'an iterable yields batches of its own size; leave batchSize out');
    return { train: streamSource(context, x, { stepsPerEpoch, classWeight }), validate };
  }
  const data = readDataset(context, x, y, { sampleWeight, classWeight });
  const batching = { batchSize: batchSizeOf('fit', parsed.batchSize, trainer.ports), stepsPerEpoch, ...(shuffle && { shuffleSeed: trainer.seed }) };
  if (validationSplit === undefined || validate) return { train: datasetSource(context, data, batching), validate };
  const held = Math.floor(data.length * (1 - validationSplit));
  if (held === 0 || held === data.length) throw new ModelError('fit', `validationSplit ${validationSplit} of ${data.length} examples leaves no example on one side; give more data or another share`);
  const validation = { ...context, where: 'fit: the validation data' };
  return {
    train: datasetSource(context, sliceDataset(data, 0, held), batching),
    validate: datasetSource(validation, sliceDataset(data, held, data.length), { batchSize: batchSizeOf('fit', validationBatchSize, trainer.ports), stepsPerEpoch: parsed.validationSteps }),
  };
}

function wantsReplay(trainer: Trainer, { whole, steps }: Source, { epochs, initialEpoch }: { epochs: number; initialEpoch: number }, jit: Jit): boolean {
  if (jit === false) return false;
  if (whole) return trainer.paysToRecord('train', whole, (epochs - initialEpoch) * steps!) || jit === true;
  return recorderOf(tf.getBackend()) !== undefined || decline(jit, 'an iterable hands over batch after batch', false);
}

/** Training goes on step by step, with a line that says why; with `jit: true` it does not. */
function decline(jit: Jit, reason: string, tell: boolean): false {
  if (jit === true) throw new ModelError('fit', `the step cannot be compiled: ${reason}; compile with jit: 'auto' to train it step by step`);
  if (tell) console.warn(`ibex: training runs step by step, not compiled: ${reason}.`);
  return false;
}

export async function fit(trainer: Trainer, model: TrainedModel, x: Data | BatchStream, y: Data | undefined, given: FitOptions = {}): Promise<History> {
  const parsed = parseOptions('fit', options, given);
  const breathe = breather();
  const users = readCallbacks(given.callbacks);
  trainer.needLoss('fit');
  const { train, validate } = sourcesOf(trainer, x, y, given, parsed);
  trainer.refresh();
  const kept = history();
  const callbacks: readonly Callback[] = [kept, ...(parsed.verbose ? [progress(standardOutput({ live: parsed.verbose !== 2 }))] : []), ...users];
  const names = [...trainer.names, ...(validate ? trainer.names.map((name) => `val_${name}`) : [])];
  const fitting = fittingOf(trainer, train, callbacks);
  let stopped = false;
  let logs: Logs = {};
  let resumed: Snapshot | undefined;
  const training: Training = {
    model, epochs: parsed.epochs, initialEpoch: parsed.initialEpoch, verbose: Boolean(parsed.verbose), names,
    get steps() {
      return train.steps;
    },
    get learningRate() {
      return trainer.learningRate;
    },
    set learningRate(rate) {
      trainer.learningRate = rate;
    },
    stop: () => void (stopped = true),
    get stopped() {
      return stopped;
    },
    get averaged() {
      return trainer.averaged;
    },
    set averaged(averaged) {
      trainer.averaged = averaged;
    },
    snapshot: (next) => takeSnapshot(fitting, next, logs, pace.run),
    resume(from) {
      checkSnapshot(fitting, from);
      resumed = from;
    },
  };
  const pace: Pace = { trainer, training, callbacks, breathe, stopped: () => stopped, watched: users.length > 0 || validate !== undefined, run: undefined, stretch: 1 };
  const { jit = 'auto' } = trainer.compiled.options;
  let replays = wantsReplay(trainer, train, parsed, jit);
  // One for all epochs: what it records is recorded once.
  const evaluation = validate && new Evaluation(trainer, validate, Math.ceil((parsed.epochs - parsed.initialEpoch) / parsed.validationFreq));
  try {
    // Reading much data takes its time, as does what comes now.
    await breathe();
    for (const callback of callbacks) await callback.onTrainBegin?.(training);
    const first = resumed?.next ?? { epoch: parsed.initialEpoch, batch: 0 };
    if (resumed) {
      logs = resumed.logs;
      restoreSnapshot(fitting, resumed);
      await train.pass?.(first.epoch - parsed.initialEpoch, first.batch);
    }
    for (let { epoch, batch: from } = first; epoch < parsed.epochs && !stopped; epoch++, from = 0) {
      for (const callback of callbacks) await callback.onEpochBegin?.(epoch, training);
      // An epoch without a batch has no logs.
      if (stopped) break;
      if (from > 0) {
        // Where training left off, its callbacks had begun the epoch already.
        restoreSnapshot(fitting, resumed!);
        pace.run = resumeRun(trainer, resumed!.running!);
      } else pace.run?.reset();
      if (replays && train.whole && !pace.run?.replays) {
        const { dataset, batchSize } = train.whole;
        pace.run ??= trainer.run('train', dataset.y.map((target) => target?.shape), Math.min(batchSize, dataset.length));
        const refusal = pace.run.startReplay(dataset, trainer.withThose((parsed.epochs - parsed.initialEpoch) * train.steps!) / Math.ceil(dataset.length / batchSize));
        if (refusal !== undefined) replays = decline(jit, refusal, training.verbose && recorderOf(tf.getBackend()) !== undefined);
      }
      if (replays) {
        const declined = await (train.whole ? replayed : fed)(pace, train, epoch, from);
        if (declined !== undefined) replays = decline(jit, declined, training.verbose);
      } else await stepwise(pace, train, epoch, from);
      logs = pace.run!.logs();
      if (validate && (epoch + 1) % parsed.validationFreq === 0) {
        for (const callback of callbacks) await callback.onTestBegin?.(training);
        const found = await evaluation!.logs();
        for (const callback of callbacks) await callback.onTestEnd?.(training);
        logs = { ...logs, ...Object.fromEntries(Object.entries(found).map(([name, value]) => [`val_${name}`, value])) };
      }
      for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs, training);
    }
    pace.run?.share();
    trainer.finish();
    for (const callback of callbacks) await callback.onTrainEnd?.(logs, training);
  } finally {
    pace.run?.dispose();
    if (trainer.averaged) trainer.averaged = false;
    await evaluation?.close();
    await train.close?.();
    for (const callback of callbacks) await callback.onTrainClose?.(training);
  }
  return { history: kept.history, epoch: kept.epoch };
}
