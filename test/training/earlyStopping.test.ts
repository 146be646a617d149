import { describe, expect, it } from 'vitest';
import { callbacks, input, sequential, type Callback } from 'ibexjs';
import { dense } from 'ibexjs/layers';
import { problemOf } from '../helpers/problem.ts';

/** Drives a callback by the logs of each epoch, as fit does; the model's weights are the number of the epoch. */
async function drive(callback: Callback, logs: readonly Readonly<Record<string, number>>[]) {
  let weights = -1;
  let stopped = false;
  const saved: string[] = [];
  const names = [...new Set(logs.flatMap((each) => Object.keys(each)))];
  const training = {
    names, epochs: logs.length, initialEpoch: 0, steps: 1, verbose: false, learningRate: 0,
    model: {
      name: 'net',
      readWeights: () => [{ data: Float32Array.of(weights), shape: [1] }],
      setWeights: ([given]: readonly { data: ArrayLike<number> }[]) => void (weights = given!.data[0]!),
      save: async (path: string) => void saved.push(path),
    },
    stop: () => void (stopped = true),
  } as never;
  await callback.onTrainBegin?.(training);
  let epoch = 0;
  for (; epoch < logs.length && !stopped; epoch++) {
    weights = epoch;
    await callback.onEpochEnd?.(epoch, logs[epoch]!, training);
  }
  await callback.onTrainEnd?.({}, training);
  return { epochs: epoch, weights, saved };
}
const by = (name: string, values: readonly number[]) => values.map((value) => ({ [name]: value }));

describe('earlyStopping', () => {
  const { earlyStopping } = callbacks;
  const epochs = async (options: object, values: readonly number[], name = 'val_loss') => (await drive(earlyStopping({ monitor: name, ...options }), by(name, values))).epochs;

  it('ends at the first epoch that is no better, the first of all excepted', async () => {
    expect(await epochs({}, [3, 2, 2, 1])).toBe(3);
    expect(await epochs({}, [3, 2, 1, 0])).toBe(4);
    expect(await epochs({}, [NaN, 2, 1, 1, 0])).toBe(4);
  });

  it('waits as many epochs as it has patience', async () => {
    expect(await epochs({ patience: 2 }, [3, 4, 4, 4, 4])).toBe(3);
    expect(await epochs({ patience: 2 }, [3, 4, 2, 4, 4, 4])).toBe(5);
  });

  it('takes for better what is so by more than minDelta', async () => {
    expect(await epochs({ minDelta: 0.5 }, [3, 2.6, 2.2, 2])).toBe(2);
    expect(await epochs({ minDelta: 0.5, patience: 2 }, [3, 2.6, 2.2, 1.8, 1.75, 1])).toBe(5);
  });

  it('knows what grows: accuracies, AUC and their like', async () => {
    expect(await epochs({}, [0.5, 0.6, 0.6], 'val_accuracy')).toBe(3);
    expect(await epochs({}, [0.5, 0.4], 'accuracy')).toBe(2);
    expect(await epochs({}, [0.5, 0.6, 0.7], 'auc')).toBe(3);
    expect(await epochs({}, [0.5, 0.6, 0.7], 'accuracy_head_loss')).toBe(2);
    expect(await epochs({ mode: 'min' }, [0.5, 0.6], 'accuracy')).toBe(2);
    expect(await epochs({ mode: 'max' }, [1, 2, 2], 'loss')).toBe(3);
  });

  it('gives up on a run that does not beat the baseline', async () => {
    expect(await epochs({ baseline: 1, patience: 2 }, [3, 2.5, 2, 1.5])).toBe(4);
    expect(await epochs({ baseline: 1, patience: 2 }, [3, 3, 3])).toBe(2);
    expect(await epochs({ baseline: 1, patience: 2 }, [3, 0.5, 0.4, 0.6, 0.6, 0.6])).toBe(5);
  });

  it('watches from an epoch on', async () => {
    expect(await epochs({ startFromEpoch: 3 }, [1, 2, 3, 4, 5, 6])).toBe(5);
  });

  it('passes over epochs without validation', async () => {
    expect((await drive(earlyStopping({ patience: 1 }), [{ loss: 1 }, { loss: 1, val_loss: 3 }, { loss: 1 }, { loss: 1, val_loss: 4 }, { loss: 1 }])).epochs).toBe(4);
  });

  it('goes back to the best weights, if it is to', async () => {
    const losses = by('val_loss', [3, 1, 2, 2.5]);
    expect((await drive(earlyStopping({ patience: 2, restoreBestWeights: true }), losses)).weights).toBe(1);
    expect((await drive(earlyStopping({ patience: 2 }), losses)).weights).toBe(3);
    // Also where training ended by itself.
    expect((await drive(earlyStopping({ patience: 9, restoreBestWeights: true }), losses)).weights).toBe(1);
    expect((await drive(earlyStopping({ patience: 9, restoreBestWeights: true }), by('val_loss', [NaN, NaN]))).weights).toBe(0);
  });

  it('begins anew with each fit', async () => {
    const callback = earlyStopping({ patience: 1 });
    expect((await drive(callback, by('val_loss', [1, 2, 3]))).epochs).toBe(2);
    expect((await drive(callback, by('val_loss', [5, 4, 4, 4]))).epochs).toBe(3);
  });

  it('refuses options and names that there are not', async () => {
    expect(await problemOf(() => earlyStopping({ patience: -1 }))).toBe('earlyStopping: patience must be at least 0, got -1');
    expect(await problemOf(() => earlyStopping({ patience: NaN }))).toBe('earlyStopping: patience must be a number, got NaN');
    expect(await problemOf(() => earlyStopping({ patiance: 1 } as never))).toBe('earlyStopping: unknown option "patiance" — did you mean "patience"?');
    expect(await problemOf(() => earlyStopping({ mode: 'maximum' as never }))).toMatch(/^earlyStopping: mode cannot be "maximum"/);
    expect(await problemOf(() => drive(earlyStopping(), by('loss', [1])))).toBe('earlyStopping: monitors "val_loss", which the logs do not have; give fit validationData or validationSplit');
    expect(await problemOf(() => drive(earlyStopping({ monitor: 'acuracy' }), by('accuracy', [1])))).toBe('earlyStopping: monitors "acuracy", which the logs do not have — did you mean "accuracy"?');
    const net = sequential([input({ shape: [1] }), dense({ units: 1 })], { seed: 1 }).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const before = net.readWeights();
    for (const callback of [earlyStopping(), callbacks.reduceLROnPlateau(), callbacks.modelCheckpoint({ path: 'never.keras', saveBestOnly: true })]) {
      expect(await problemOf(() => net.fit([1, 2], [1, 2], { verbose: 0, callbacks: callback }))).toMatch(/^\w+: monitors "val_loss", which the logs do not have; give fit validationData/);
    }
    // Before an epoch is lost.
    expect(net.readWeights()).toEqual(before);
  });

  it('does so in fit', async () => {
    const x = Array.from({ length: 8 }, (_, i) => [i / 8]);
    const net = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: 'ones' })]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const seen: number[] = [];
    // The validation targets lie the other way: the first epoch is the best.
    const { epoch } = await net.fit(x, x.map(([v]) => 3 * v!), {
      epochs: 50, verbose: 0, validationData: [x, x.map(([v]) => -v!)],
      callbacks: [{ onEpochEnd: (_, __, { model }) => void seen.push(model.readWeights()[0]!.data[0]!) }, earlyStopping({ patience: 3, restoreBestWeights: true })],
    });
    expect(epoch).toEqual([0, 1, 2, 3]);
    expect(net.readWeights()[0]!.data[0]).toBe(seen[0]);
  });
});

describe('modelCheckpoint', () => {
  const { modelCheckpoint } = callbacks;
  const logs = [{ loss: 3, val_loss: 2 }, { loss: 2, val_loss: 3 }, { loss: 1, val_loss: 1.23456 }];

  it('saves after each epoch, or after every few', async () => {
    expect((await drive(modelCheckpoint({ path: 'net.keras' }), logs)).saved).toEqual(['net.keras', 'net.keras', 'net.keras']);
    expect((await drive(modelCheckpoint({ path: 'net-{epoch}.keras', every: 2 }), logs)).saved).toEqual(['net-2.keras']);
  });

  it('saves what is better, under the name of its numbers', async () => {
    expect((await drive(modelCheckpoint({ path: 'best-{epoch}-{val_loss}.keras', saveBestOnly: true }), logs)).saved).toEqual(['best-1-2.0000.keras', 'best-3-1.2346.keras']);
    expect((await drive(modelCheckpoint({ path: 'a', saveBestOnly: true, monitor: 'loss', mode: 'max' }), logs)).saved).toEqual(['a']);
    expect((await drive(modelCheckpoint({ path: 'a', saveBestOnly: true }), [logs[0]!, { loss: 1 }, logs[2]!])).saved).toEqual(['a', 'a']);
  });

  it('refuses options and names that there are not', async () => {
    expect(await problemOf(() => modelCheckpoint({} as never))).toBe('modelCheckpoint: path missing: expected string');
    expect(await problemOf(() => modelCheckpoint({ path: '' }))).toMatch(/^modelCheckpoint: path must be at least 1/);
    expect(await problemOf(() => modelCheckpoint({ path: 'a', saveBest: true } as never))).toMatch(/^modelCheckpoint: unknown option "saveBest"/);
    expect(await problemOf(() => drive(modelCheckpoint({ path: 'a', saveBestOnly: true, monitor: 'val_acuracy' }), [{ val_accuracy: 1 }]))).toBe('modelCheckpoint: monitors "val_acuracy", which the logs do not have — did you mean "val_accuracy"?');
    expect(await problemOf(() => drive(modelCheckpoint({ path: 'net-{val_los}.keras' }), logs))).toBe('modelCheckpoint: path names {val_los}, which the logs of epoch 1 do not have — did you mean "val_loss"?');
    expect(await problemOf(() => drive(modelCheckpoint({ path: 'net-{val_loss}.keras' }), [{ loss: 1 }, { val_loss: 2 }]))).toBe('modelCheckpoint: path names {val_loss}, which the logs of epoch 1 do not have; save in epochs with validation only: every');
  });
});
