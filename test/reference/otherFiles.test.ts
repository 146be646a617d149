/** Weights alone and the older whole-model file, as real Keras writes them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, setBackend, tf } from 'ibexjs';
import { engines } from '../engines.ts';
import { absent, caseNames, fileOf, hasReference, readCase } from '../helpers/reference.ts';
import { compileAsCase, expectOutputs, follow, outputsOf } from './follow.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
afterAll(() => rmSync(folder, { recursive: true }));

const names = (file: 'h5' | 'weights') => caseNames().filter((name) => readCase(name).files[file] !== undefined);

describe.skipIf(!hasReference).each(engines)(`Keras's other files on %s${hasReference ? '' : ` (skipped: ${absent})`}`, (engine) => {
  beforeAll(() => setBackend(engine));

  test.each(names('h5'))('%s: the older whole model', async (name) => {
    const { files, inputs, outputs, tolerance, train } = readCase(name);
    const before = tf.memory().numTensors;
    const model = await loadModel(fileOf(name, files.h5));
    expectOutputs('output', model, inputs, outputs, tolerance);
    if (train) {
      // A case that goes on from a state has it in the file.
      compileAsCase(model, train);
      const history = await follow(model, train, train.fit.epochs);
      train.lossPerEpoch.forEach((want, epoch) => expect(Math.abs(history.loss![epoch]! - want)).toBeLessThanOrEqual(train.tolerance.atol + train.tolerance.rtol * Math.abs(want)));
      expectOutputs('output after training', model, inputs, train.outputsAfter, train.tolerance);
    }
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each(names('weights'))('%s: weights', async (name) => {
    const { files, inputs, outputs, tolerance, train } = readCase(name);
    const model = await loadModel(fileOf(name));
    const unset = () => model.setWeights(model.readWeights().map(({ shape, data }) => ({ shape, data: Float32Array.from(data, () => 7) })));
    unset();
    await model.loadWeights(fileOf(name, files.weights));
    expectOutputs('output', model, inputs, outputs, tolerance);

    const path = join(folder, `${engine}-${name}.weights.h5`);
    await model.saveWeights(path);
    const told = outputsOf(model, inputs).map((tensor) => tensor.dataSync());
    for (const file of [path, fileOf(name)]) {
      unset();
      await model.loadWeights(file);
      expect(outputsOf(model, inputs).map((tensor) => tensor.dataSync())).toEqual(told);
    }
    if (train?.resume) {
      // The state comes along with the weights.
      await model.loadWeights(path);
      await follow(model, train, train.fit.epochs);
      expectOutputs('output after training', model, inputs, train.outputsAfter, train.tolerance);
    }
    model.dispose();
  });
});
