/** ONNX files give in ONNX Runtime what ibex predicts, at any batch size. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layers, loadModel, setBackend, tf, type Model, type Tensor } from 'ibexjs';
import { absent, caseNames, fileOf, hasReference, readCase } from '../../helpers/reference.ts';
import { rows } from '../../layers/rows.ts';
import { data, flat } from '../../reference/follow.ts';
import { rowData, rowModel, scatterWeights } from '../export/rowModel.ts';
import { openOnnx, runOnnx, type Session } from './runOnnx.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-onnx-'));
beforeAll(() => setBackend('wasm'));
afterAll(() => rmSync(folder, { recursive: true }));

function expectSame(got: readonly Tensor[], want: readonly Tensor[]): void {
  expect(got.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(want.map(({ shape, dtype }) => ({ shape, dtype })));
  got.forEach((tensor, i) => {
    const numbers = want[i]!.dataSync();
    tensor.dataSync().forEach((n, at) => expect(Math.abs(n - numbers[at]!), `output ${i} at ${at}: ${n}, want ${numbers[at]}`).toBeLessThanOrEqual(2e-5 + 1e-4 * Math.abs(numbers[at]!)));
  });
}

/** Exports a model, and opens the file. */
async function exported(net: Model, name: string): Promise<Session> {
  const file = join(folder, `${name}.onnx`);
  await net.export(file);
  return openOnnx(file);
}

async function expectAlike(net: Model, session: Session, inputs: readonly Tensor[]): Promise<void> {
  expect(session.outputNames).toEqual(net.network.outputNames);
  const got = Object.values(await runOnnx(session, inputs));
  const want = flat(net.predict([...inputs], { batchSize: inputs[0]!.shape[0]! }));
  expectSame(got, want);
  tf.dispose([...got, ...want]);
}

/** Layers whose work is not said in ONNX, and what is said of them. */
const refused: Readonly<Record<string, RegExp>> = {
  hashedCrossing: /takes strings/,
  hashing: /the layer "hashing" reads its input on the host/,
  integerLookup: /the layer "integer_?[lL]ookup" reads its input on the host/,
  stringLookup: /takes strings/,
  textVectorization: /takes strings/,
};

test.each(Object.entries(rows).filter(([kind]) => !(kind in refused)))('%s', async (kind, row) => {
  const net = rowModel(row);
  scatterWeights(net);
  const before = tf.memory().numTensors;
  const session = await exported(net, kind);
  expect(tf.memory().numTensors).toBe(before);
  for (const batch of row.batchSize ? [row.batchSize] : [1, 4]) {
    const inputs = rowData(row, batch);
    await expectAlike(net, session, inputs);
    tf.dispose(inputs);
  }
  await session.release();
  net.dispose();
});

test('points that are repeated are so in ONNX', async () => {
  const row = { layer: () => layers.upSampling2d({ size: [2, 3] }), input: [3, 2, 2] };
  const net = rowModel(row);
  const session = await exported(net, 'enlarged');
  for (const batch of [1, 3]) {
    const inputs = rowData(row, batch);
    await expectAlike(net, session, inputs);
    tf.dispose(inputs);
  }
  await session.release();
  net.dispose();
});

test.each(Object.keys(refused))('%s is refused', async (kind) => {
  const net = rowModel(rows[kind]!);
  await expect(net.export(join(folder, 'refused.onnx'))).rejects.toThrow(refused[kind]!);
  net.dispose();
});

const refusedCases: Readonly<Record<string, string>> = { dynamic_shapes: 'has an axis of any size', rnn_stateful: 'remembers' };

describe.skipIf(!hasReference)(`Keras's models${hasReference ? '' : ` (skipped: ${absent})`}`, () => {
  test.each(caseNames())('%s', async (name) => {
    const given = readCase(name);
    const net = await loadModel(fileOf(name), { compile: false });
    if (name in refusedCases) {
      await expect(net.export(join(folder, 'refused.onnx'))).rejects.toThrow(refusedCases[name]);
      return net.dispose();
    }
    const session = await exported(net, name);
    const arrays = [data(given.inputs)].flat() as unknown as { data: Float32Array; shape: number[] }[];
    const inputs = arrays.map((each, i) => tf.tensor(each.data, each.shape, net.inputs[i]!.dtype));
    await expectAlike(net, session, inputs);
    tf.dispose(inputs);
    await session.release();
    net.dispose();
  });
});
