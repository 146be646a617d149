/** SavedModels, run by tfjs-node's own loader: they give what the model predicts, for any number of examples. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, test } from 'vitest';
import { z } from 'zod';
import { input, loadModel, model, setBackend, tf, type Model, type Tensor } from 'ibexjs';
import { defineLayer } from 'ibexjs/define';
import { sized } from '../../../src/core/shape.ts';
import { hasNative } from '../../engines.ts';
import { absent, caseNames, fileOf, hasReference, readCase } from '../../helpers/reference.ts';
import { rows } from '../../layers/rows.ts';
import { data, flat } from '../../reference/follow.ts';
import { expectSame, refusedCases, refusedRows } from '../export/expected.ts';
import { rowData, rowModel, scatterWeights } from '../export/rowModel.ts';
import { onImages, onRows } from './operations.ts';
import { loadSavedModel } from './tfjsNode.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Numbers { readonly data: Float32Array; readonly shape: number[]; readonly dtype: 'float32' | 'int32' }
const numbersOf = (tensor: Tensor): Numbers => ({ data: tensor.dataSync() as Float32Array, shape: tensor.shape, dtype: tensor.dtype as 'float32' });
const tensorOf = ({ data: numbers, shape, dtype }: Numbers): Tensor => tf.tensor(numbers, shape, dtype);

/** Exports a model that the embedded engine runs, and compares what native TensorFlow makes of it with what it predicts. */
async function holds(net: Model, path: string, batches: readonly (() => readonly Tensor[])[]): Promise<void> {
  await net.export(path);
  const cases = batches.map((make) => tf.tidy(() => {
    const inputs = make();
    return { inputs: inputs.map(numbersOf), outputs: flat(net.predict([...inputs], { batchSize: inputs[0]!.shape[0]! })).map(numbersOf) } as never;
  })) as { inputs: Numbers[]; outputs: Numbers[] }[];
  await setBackend('native');
  const { inputNames, outputNames } = net.network;
  const loaded = await loadSavedModel(path);
  for (const { inputs, outputs } of cases) {
    tf.tidy(() => {
      const given = loaded.predict(Object.fromEntries(inputs.map((numbers, i) => [inputNames[i]!, tensorOf(numbers)]))) as Record<string, Tensor>;
      expectSame(outputNames.map((name) => given[name]!), outputs.map(tensorOf));
    });
  }
  loaded.dispose();
  net.dispose();
}

describe.skipIf(!hasNative)(`a SavedModel in tfjs-node${hasNative ? '' : ' (skipped: there is no native TensorFlow here; `npx ibex setup native` installs it)'}`, () => {
  beforeEach(() => setBackend('wasm'));

  test.each(Object.entries(rows).filter(([kind]) => !(kind in refusedRows)))('predicts as %s', async (kind, row) => {
    const net = rowModel(row);
    scatterWeights(net);
    await holds(net, join(folder, kind), [1, 4].map((batch) => () => rowData(row, batch)));
  });

  const uses = [...Object.entries(onRows).map((use) => [...use, [4]] as const), ...Object.entries(onImages).map((use) => [...use, [6, 5, 2]] as const)];
  test.each(uses)('computes tf.%s', async (name, use, shape) => {
    // The layer tells the shape of its results from a run.
    const operation = defineLayer({
      kind: name, options: z.strictObject({}), call: (x) => [use(x)].flat()[0]!,
      build: (_, input) => ({ output: sized(...tf.tidy(() => [use(tf.ones([2, ...input as readonly number[]]))].flat()[0]!.shape.slice(1))), dtype: 'float32', weights: {} }),
    });
    const x = input({ shape: [...shape], name: 'x' });
    const net = model({ inputs: x, outputs: operation()(x) }) as unknown as Model;
    await holds(net, join(folder, `tf.${name}`), [1, 4].map((batch) => () => rowData({ input: shape, layer: operation }, batch)));
  });

  test.skipIf(!hasReference).each(caseNames().filter((name) => !(name in refusedCases)))(`predicts as Keras's %s${hasReference ? '' : ` (skipped: ${absent})`}`, async (name) => {
    const given = readCase(name);
    const net = await loadModel(fileOf(name), { compile: false });
    const inputs = [data(given.inputs)].flat() as unknown as Omit<Numbers, 'dtype'>[];
    await holds(net, join(folder, name), [() => inputs.map((each, i) => tensorOf({ ...each, dtype: net.inputs[i]!.dtype as 'float32' }))]);
  });
});
