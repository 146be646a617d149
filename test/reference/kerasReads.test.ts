/**
 * Real Keras reads what ibex writes, and trains it on; what it saves then is what ibex saved, to the bit.
 * By default a tenth of Keras's cases, on one engine each; IBEX_KERAS_CASES_ALL=1 takes all of them on every engine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadModel, setBackend, type Model } from 'ibexjs';
import { listTree } from '../../src/training/tree.ts';
import { engines } from '../engines.ts';
import { takeApart } from '../formats/helpers/kerasFile.ts';
import { noKeras, startKeras, type Keras, type Question } from '../helpers/realKeras.ts';
import { caseNames, fileOf, readCase } from '../helpers/reference.ts';
import { compileAsCase, follow } from './follow.ts';
import { exampleOf, models } from './examples.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
let keras: Keras | undefined;
beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  if (!noKeras) keras = startKeras();
});
afterAll(() => {
  keras?.end();
  rmSync(folder, { recursive: true });
});

// What differs in how it is written: order of layers, nested and shared ones, cells, masks, operators, ends, slots of optimizers.
const chosen = [
  'batchnorm_train_conv', 'bidirectional_masked_train', 'deep_numbering_resume', 'dict_outputs_train', 'gru_reset_after_train', 'mha_self', 'nested_functional_in_sequential_train',
  'operator_nodes', 'opt_adam_amsgrad', 'opt_adam_ema', 'opt_nadam', 'rnn_cells_stacked', 'shared_layer_train', 'time_distributed',
];
const all = process.env.IBEX_KERAS_CASES_ALL === '1';
const names = () => caseNames().filter((name) => (all || process.env.IBEX_CASE ? !process.env.IBEX_CASE || name.includes(process.env.IBEX_CASE) : chosen.includes(name)));

/** All that a model is made of: what it is and how it is trained in Keras's words, its numbers as they are. */
function everything(model: Model, path: string) {
  const { config } = takeApart(path);
  return { config, weights: model.readWeights(), state: model.compileOptions ? listTree(model.trainer.optimizerState).map((tensor) => [...tensor.dataSync()]) : [] };
}

/** What Keras itself does not write when it saves, or writes otherwise. */
const keptFromFiles = /loss\.\w+\.config\.(delta|axis)$|metrics\.\d+\.config\.(axis|num_thresholds)$|layer\.config\.(name|zero_output_for_mask)$|kernel_initializer\.config\.gain$/;
/** What TensorFlow does not compute without a GPU. */
const notHere = /not supported on CPU|only supports NHWC/;

/** What a description says that the other does not: of each list and record, and not of what is left to defaults. */
function lost(said: unknown, heard: unknown, path = ''): readonly string[] {
  if (said === null || said === undefined) return [];
  if (typeof said === 'number' && typeof heard === 'number' && Math.abs(said - heard) <= 1e-7 * Math.abs(said)) return [];
  if (typeof said !== 'object') return said === heard || keptFromFiles.test(path) ? [] : [`${path} was ${JSON.stringify(said)}, is ${JSON.stringify(heard)}`];
  if (Array.isArray(said) && Array.isArray(heard) && said.length !== heard.length) return [`${path} had ${said.length}, has ${heard.length}`];
  return Object.entries(said).flatMap(([key, each]) => lost(each, (heard as Record<string, unknown> | null | undefined)?.[key], path ? `${path}.${key}` : key));
}

let count = 0;
/** Saves a model, and has Keras look at it and save it in turn: nothing may have changed. */
async function sendRound(name: string, model: Model, question: (path: string) => Question): Promise<() => Promise<void>> {
  const [path, back, again] = ['', 'back', 'again'].map((part) => join(folder, `${++count}${part}.keras`)) as [string, string, string];
  await model.save(path);
  const sent = everything(model, path);
  const verdict = keras!.ask({ ...question(path), back });
  return async () => {
    if (!(await verdict).startsWith('PASS') && !notHere.test(await verdict)) throw new Error(`${name}: ${await verdict}`);
    const returned = await loadModel(back) as unknown as Model;
    await returned.save(again);
    const { config, ...numbers } = everything(returned, again);
    expect(numbers, name).toEqual({ weights: sent.weights, state: sent.state });
    const missing = lost(sent.config, config);
    if (missing.length > 0) throw new Error(`${name}: ${missing.slice(0, 3).join('; ')}`);
    returned.dispose();
  };
}

describe.skipIf(noKeras)(`Keras reads${noKeras}`, { timeout: 3_600_000 }, () => {
  const finish = async (checks: readonly (() => Promise<void>)[]) => {
    const problems: string[] = [];
    for (const check of checks) await check().catch((error: Error) => problems.push(error.message));
    expect(problems).toEqual([]);
  };

  test.each(engines)('its own models, saved by ibex on %s before and after training', async (engine) => {
    await setBackend(engine);
    const checks: (() => Promise<void>)[] = [];
    for (const [i, name] of names().entries()) {
      if (!all && engines[i % engines.length] !== engine) continue;
      const { train, repeatOutputs } = readCase(name);
      const model = await loadModel(fileOf(name), { seed: 1 }) as unknown as Model;
      const ask = (...options: string[]) => (path: string) => ({ args: [path, fileOf(name, 'case.json'), ...options] });
      checks.push(await sendRound(name, model, ask(...(train ? ['--train'] : []))));
      if (train && !repeatOutputs) {
        compileAsCase(model, train);
        await follow(model, train, train.fit.epochs);
        checks.push(await sendRound(`${name}, trained`, model, ask('--after', ...(train.continued ? ['--train'] : []))));
      }
      model.dispose();
    }
    await finish(checks);
  });

  test.each(engines.slice(0, all ? 2 : 1))('every layer that it has, and trains with it as ibex does on %s', async (engine) => {
    await setBackend(engine);
    const checks: (() => Promise<void>)[] = [];
    for (const { name, model, asked } of await exampleOf(folder)) {
      checks.push(await sendRound(name, model, (path) => (asked ? { args: [path, asked.file, ...(asked.trains ? ['--train'] : [])] } : { file: path })));
      model.dispose();
    }
    expect(checks.length).toBeGreaterThan(100);
    await finish(checks);
  });

  test('every optimizer, schedule, loss, metric, initializer, regularizer and constraint', async () => {
    await setBackend('wasm');
    const checks: (() => Promise<void>)[] = [];
    for (const [name, make] of Object.entries(models())) {
      const model = await make();
      checks.push(await sendRound(name, model, (file) => ({ file })));
      model.dispose();
    }
    await finish(checks);
  });
});
