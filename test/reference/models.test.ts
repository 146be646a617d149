/** Every model of real Keras: loaded, asked, trained on, saved and loaded again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, setBackend, tf } from 'ibexjs';
import { engines } from '../engines.ts';
import { absent, caseNames, expectClose, fileOf, hasReference, readCase, type Tolerance } from '../helpers/reference.ts';
import { compileAsCase, expectOutputs, follow, outputsOf } from './follow.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
afterAll(() => rmSync(folder, { recursive: true }));

const close = (what: string, got: number, want: number, { rtol, atol }: Tolerance) =>
  expect(Math.abs(got - want) / (atol + rtol * Math.abs(want)), `${what}: ${got}, want ${want}`).toBeLessThanOrEqual(1);

/** Our name of a number of Keras's history. */
const camelKey = (key: string) => key.replaceAll(/_(?!loss$)([a-z0-9])/g, (whole, letter: string, at: number) => (key.startsWith('val_') && at === 3 ? whole : letter.toUpperCase()));

describe.skipIf(!hasReference).each(engines)(`Keras's models on %s${hasReference ? '' : ` (skipped: ${absent})`}`, (engine) => {
  beforeAll(() => setBackend(engine));
  const only = process.env.IBEX_CASE;
  test.each(caseNames().filter((name) => !only || name.includes(only)))('%s', async (name) => {
    const given = readCase(name);
    const before = tf.memory().numTensors;
    const model = await loadModel(fileOf(name), { seed: 1 });
    expect(model.countParams(), 'parameters').toBe(given.params.total);
    expectOutputs('output', model, given.inputs, given.outputs, given.tolerance);
    for (const again of given.repeatOutputs ?? []) expectOutputs('output again', model, given.inputs, again, given.tolerance);

    const { train } = given;
    if (train) {
      compileAsCase(model, train);
      const history = await follow(model, train, train.fit.epochs);
      train.lossPerEpoch.forEach((want, epoch) => close(`loss of epoch ${epoch}`, history.loss![epoch]!, want, train.tolerance));
      for (const [key, values] of Object.entries(train.metricsPerEpoch)) {
        const ours = history[key] ?? history[camelKey(key)];
        expect(ours, `${key} among ${Object.keys(history).join(', ')}`).toBeDefined();
        values.forEach((want, epoch) => close(`${key} of epoch ${epoch}`, ours![epoch]!, want, train.tolerance));
      }
      expectOutputs('output after training', model, given.inputs, train.outputsAfter, train.tolerance);
      if (train.weightsAfter) {
        const weights = model.getWeights();
        expect(weights.length).toBe(train.weightsAfter.length);
        weights.forEach((tensor, i) => expectClose(train.weightsAfter![i]!.path ?? String(i), { data: tensor.dataSync(), shape: tensor.shape }, train.weightsAfter![i]!, train.tolerance));
        tf.dispose(weights);
      }
    }

    const path = join(folder, `${engine}-${name}.keras`);
    await model.save(path);
    const again = await loadModel(path);
    const [a, b] = [model, again].map((each) => outputsOf(each, given.inputs));
    if (!given.repeatOutputs) a!.forEach((tensor, i) => expect(b![i]!.dataSync()).toEqual(tensor.dataSync()));
    tf.dispose([a, b]);
    if (train?.continued) {
      const history = await follow(again, train, train.continued.epochs);
      train.continued.lossPerEpoch.forEach((want, epoch) => close(`loss of epoch ${epoch} after reloading`, history.loss![epoch]!, want, train.tolerance));
      expectOutputs('output after reloading and training', again, given.inputs, train.continued.outputsAfter, train.tolerance);
    }
    model.dispose();
    again.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
