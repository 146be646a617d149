/** What a model computes, as operations: run one by one they give what the model predicts, at any batch size. */
import { beforeAll, describe, expect, test } from 'vitest';
import { input, layers, loadModel, model, sequential, setBackend, tf, type Model, type Tensor } from 'ibexjs';
import { defineLayer } from 'ibexjs/define';
import { z } from 'zod';
import { traceModel } from '../../../src/formats/export/trace.ts';
import { engines } from '../../engines.ts';
import { absent, caseNames, fileOf, hasReference, readCase } from '../../helpers/reference.ts';
import { rows } from '../../layers/rows.ts';
import { data, flat } from '../../reference/follow.ts';
import { expectSame, refusedCases, refusedRows } from './expected.ts';
import { rowData, rowModel, scatterWeights } from './rowModel.ts';
import { runTrace } from './runTrace.ts';

describe.each(engines)('traced on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.each(Object.entries(rows).filter(([kind]) => !(kind in refusedRows)))('%s', async (_, row) => {
    const net = rowModel(row);
    scatterWeights(net);
    const before = tf.memory().numTensors;
    const trace = await traceModel(net, 'export');
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.getBackend()).toBe(engine === 'native' ? 'tensorflow' : engine);
    for (const batch of row.batchSize ? [row.batchSize] : [1, 4]) {
      tf.tidy(() => {
        const inputs = rowData(row, batch);
        expectSame(runTrace(trace, inputs), flat(net.predict(inputs)));
      });
    }
    net.dispose();
  });

  test.each(Object.keys(refusedRows))('%s is refused', async (kind) => {
    const net = rowModel(rows[kind]!);
    await expect(traceModel(net, 'export')).rejects.toThrow(refusedRows[kind]!);
    net.dispose();
  });
});

describe('a trace', () => {
  beforeAll(() => setBackend('wasm'));

  test('names weights and takes fused operations apart', async () => {
    const net = sequential([input({ shape: [4] }), layers.dense({ units: 3, activation: 'relu', name: 'hidden' })]) as unknown as Model;
    const { nodes, constants, inputs, outputs } = await traceModel(net, 'export');
    expect(nodes.map(({ kernel }) => kernel)).toEqual(['BatchMatMul', 'Add', 'Relu']);
    expect(nodes.every(({ layer }) => layer === 'hidden')).toBe(true);
    expect([...constants.values()].map(({ name, shape }) => [name, shape])).toEqual([['hidden/kernel', [4, 3]], ['hidden/bias', [3]]]);
    expect(inputs[0]).toMatchObject({ shape: [{ batch: 1 }, 4], dtype: 'float32' });
    expect(outputs[0]).toMatchObject({ name: 'hidden', shape: [{ batch: 1 }, 3] });
  });

  test('refuses what remembers, what draws, what differs by the number of examples, and sizes that are not known', async () => {
    const memory = input({ shape: [3, 2], batchSize: 2 });
    const stateful = model({ inputs: memory, outputs: layers.lstm({ units: 2, stateful: true, name: 'memory' })(memory) });
    await expect(traceModel(stateful as never, 'export')).rejects.toThrow('the layer "memory" remembers from one call to the next');

    const noisy = defineLayer({ kind: 'noisy', options: z.strictObject({}), build: (_, shape) => ({ output: shape, weights: {} }), call: (x, run) => tf.add(x, run.random.normal(x.shape)) });
    const x = input({ shape: [2] });
    await expect(traceModel(model({ inputs: x, outputs: noisy()(x) }) as never, 'export')).rejects.toThrow(/the layer "noisy" draws random numbers \(StatelessRandomNormal\)/);

    const counting = layers.lambda({ function: (each: Tensor) => tf.mul(each, each.shape[0]!), name: 'counting' });
    await expect(traceModel(model({ inputs: x, outputs: counting(x) }) as never, 'export')).rejects.toThrow('the layer "counting" works with numbers that depend on the number of examples');

    const time = input({ shape: [null, 2] });
    await expect(traceModel(model({ inputs: time, outputs: layers.dense({ units: 1 })(time) }) as never, 'export')).rejects.toThrow('has an axis of any size, [?, 2]');
  });

  test('of a model whose batch size is fixed has that size', async () => {
    const x = input({ shape: [3, 2], batchSize: 2 });
    const net = model({ inputs: x, outputs: layers.gru({ units: 4 })(x) }) as unknown as Model;
    scatterWeights(net);
    const trace = await traceModel(net, 'export');
    expect(trace.inputs[0]!.shape).toEqual([2, 3, 2]);
    expect(trace.outputs[0]!.shape).toEqual([2, 4]);
    tf.tidy(() => {
      const data = tf.tensor(Float32Array.from({ length: 12 }, (_, i) => Math.cos(i)), [2, 3, 2]);
      expectSame(runTrace(trace, [data]), [net.predict(data) as Tensor]);
    });
    net.dispose();
  });

  test('leaves tensors of a layer\'s own where they are', async () => {
    const factor = tf.tensor1d([2, 3]);
    const x = input({ shape: [2] });
    const net = model({ inputs: x, outputs: layers.lambda({ function: (each: Tensor) => tf.mul(each, factor) })(x) }) as unknown as Model;
    const { constants } = await traceModel(net, 'export');
    expect([...constants.values()].map(({ data: numbers }) => [...numbers])).toEqual([[2, 3]]);
    expect(tf.engine().state.tensorInfo.get(factor.dataId)!.backend).toBe(tf.backend());
    factor.dispose();
    net.dispose();
  });
});

test.each(engines)('training on %s goes on as if nothing were exported between its epochs', async (engine) => {
  await setBackend(engine);
  const trained = async (onEpochEnd: (net: Model) => Promise<unknown>) => {
    const net = sequential([input({ shape: [4, 3] }), layers.lstm({ units: 5 }), layers.dropout({ rate: 0.3 }), layers.dense({ units: 1 })], { seed: 3 }) as unknown as Model;
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const x = { data: Float32Array.from({ length: 32 * 12 }, (_, i) => Math.sin(i)), shape: [32, 4, 3] };
    const y = { data: Float32Array.from({ length: 32 }, (_, i) => Math.cos(i)), shape: [32, 1] };
    const { history } = await net.fit(x, y, { epochs: 4, batchSize: 8, verbose: 0, callbacks: [{ onEpochEnd: async () => void (await onEpochEnd(net)) }] });
    net.dispose();
    return history.loss;
  };
  const seen: number[] = [];
  const exporting = await trained(async (net) => {
    const { constants } = await traceModel(net, 'export');
    seen.push([...constants.values()].find(({ name }) => name === 'dense/kernel')!.data[0]!);
  });
  expect(exporting).toEqual(await trained(async () => {}));
  expect(new Set(seen).size).toBe(4);
});

describe.skipIf(!hasReference)(`Keras's models${hasReference ? '' : ` (skipped: ${absent})`}`, () => {
  beforeAll(() => setBackend('wasm'));
  test.each(caseNames())('%s', async (name) => {
    const given = readCase(name);
    const net = await loadModel(fileOf(name), { compile: false });
    if (name in refusedCases) {
      await expect(traceModel(net, 'export')).rejects.toThrow(refusedCases[name]);
      return net.dispose();
    }
    const trace = await traceModel(net, 'export');
    tf.tidy(() => {
      const inputs = [data(given.inputs)].flat() as unknown as { data: Float32Array; shape: number[] }[];
      const tensors = inputs.map((each, i) => tf.tensor(each.data, each.shape, trace.inputs[i]!.dtype));
      expectSame(runTrace(trace, tensors), flat(net.predict(data(given.inputs), { batchSize: inputs[0]!.shape[0]! })));
    });
    net.dispose();
  });
});
