/** SavedModels, run by tfjs-node's own loader: they give what the model predicts, for any number of examples. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { loadModel, setBackend, tf, type Model, type Tensor } from 'ibexjs';
import { hasNative } from '../../engines.ts';
import { absent, caseNames, fileOf, hasReference, readCase } from '../../helpers/reference.ts';
import { rows } from '../../layers/rows.ts';
import { data, flat } from '../../reference/follow.ts';
import { expectSame, refusedCases, refusedRows } from '../export/expected.ts';
import { rowData, rowModel, scatterWeights } from '../export/rowModel.ts';
import { loadSavedModel } from './tfjsNode.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Outputs of the SavedModel and of the model, for the same inputs. */
async function compare(path: string, net: Model, batches: readonly (readonly Tensor[])[]): Promise<void> {
  const names = net.network.inputNames;
  const loaded = await loadSavedModel(path);
  for (const inputs of batches) {
    tf.tidy(() => {
      const given = loaded.predict(Object.fromEntries(inputs.map((tensor, i) => [names[i]!, tensor]))) as Record<string, Tensor>;
      expectSame(net.network.outputNames.map((name) => given[name]!), flat(net.predict([...inputs], { batchSize: inputs[0]!.shape[0]! })));
    });
  }
  loaded.dispose();
}

describe.skipIf(!hasNative)(`a SavedModel in tfjs-node${hasNative ? '' : ' (skipped: there is no native TensorFlow here; `npx ibex setup native` installs it)'}`, () => {
  beforeAll(() => setBackend('native'));

  test.each(Object.entries(rows).filter(([kind]) => !(kind in refusedRows)))('predicts as %s', async (kind, row) => {
    const net = rowModel(row);
    scatterWeights(net);
    const path = join(folder, kind);
    await net.export(path);
    await compare(path, net, (row.batchSize ? [row.batchSize] : [1, 4]).map((batch) => rowData(row, batch)));
    net.dispose();
  });

  test.skipIf(!hasReference).each(caseNames().filter((name) => !(name in refusedCases)))(`predicts as Keras's %s${hasReference ? '' : ` (skipped: ${absent})`}`, async (name) => {
    const given = readCase(name);
    const net = await loadModel(fileOf(name), { compile: false });
    const path = join(folder, name);
    await net.export(path);
    const inputs = [data(given.inputs)].flat() as unknown as { data: Float32Array; shape: number[] }[];
    await compare(path, net, [inputs.map((each, i) => tf.tensor(each.data, each.shape, net.inputs[i]!.dtype))]);
    net.dispose();
  });
});
