/** What an engineer finds in an exported graph: the operations that belong there, and weights by their names. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { input, layers, model, ModelError, sequential, setBackend, tf, type Model, type Tensor } from 'ibexjs';
import { traceModel } from '../../../src/formats/export/trace.ts';
import { toOnnx } from '../../../src/formats/onnx/onnx.ts';
import { openOnnx, runOnnx } from './runOnnx.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-onnx-'));
beforeAll(() => setBackend('wasm'));
afterAll(() => rmSync(folder, { recursive: true }));

const graphOf = async (net: unknown) => toOnnx(await traceModel(net as Model, 'export'), 'net', 'export');
const operationsOf = async (net: unknown) => (await graphOf(net)).nodes.map(({ op }) => op);

describe('the graph', () => {
  test('of dense layers has one Gemm each', async () => {
    const net = sequential([input({ shape: [4], name: 'features' }), layers.dense({ units: 3, activation: 'relu', name: 'hidden' }), layers.dense({ units: 2, activation: 'softmax', name: 'classes' })]);
    const { nodes, initializers, inputs, outputs } = await graphOf(net);
    expect(nodes.map(({ op, name, inputs: takes }) => [op, name, takes])).toEqual([
      ['Gemm', 'hidden/MatMul', ['features', 'hidden/kernel', 'hidden/bias']], ['Relu', 'hidden/Relu', ['hidden/MatMul']],
      ['Gemm', 'classes/MatMul', ['hidden/Relu', 'classes/kernel', 'classes/bias']], ['Softmax', 'classes/Softmax', ['classes/MatMul']],
    ]);
    expect(initializers.map(({ name, shape }) => [name, shape])).toEqual([['hidden/kernel', [4, 3]], ['hidden/bias', [3]], ['classes/kernel', [3, 2]], ['classes/bias', [2]]]);
    expect(inputs).toEqual([{ name: 'features', type: 'float32', shape: ['N', 4] }]);
    expect(outputs).toEqual([{ name: 'classes', type: 'float32', shape: ['N', 2] }]);
    net.dispose();
  });

  test('of images is transposed at its start, and before it is flattened', async () => {
    const net = sequential([
      input({ shape: [9, 9, 2] }), layers.conv2d({ filters: 4, kernelSize: 3, name: 'first' }), layers.batchNormalization({ epsilon: 0.01 }), layers.reLU(), layers.maxPooling2d(),
      layers.conv2d({ filters: 3, kernelSize: [2, 1], padding: 'same', activation: 'tanh' }), layers.zeroPadding2d({ padding: 1 }), layers.averagePooling2d(), layers.flatten(), layers.dense({ units: 2 }),
    ]);
    const { nodes, initializers } = await graphOf(net);
    expect(nodes.map(({ op }) => op)).toEqual(['Transpose', 'Conv', 'Mul', 'Add', 'Relu', 'MaxPool', 'Conv', 'Tanh', 'Pad', 'AveragePool', 'Transpose', 'Reshape', 'Gemm']);
    expect(initializers.find(({ name }) => name === 'first/kernel')!.shape).toEqual([4, 2, 3, 3]);
    net.dispose();
  });

  test('of residual branches brings none of them back to the order of tfjs', async () => {
    const x = input({ shape: [6, 6, 4] });
    const y = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' })(x);
    const z = layers.add()([y, layers.conv2d({ filters: 4, kernelSize: 1, activation: 'relu' })(y)]);
    const net = model({ inputs: x, outputs: layers.globalAveragePooling2d()(layers.concatenate()([z, y])) });
    expect(await operationsOf(net)).toEqual(['Transpose', 'Conv', 'Relu', 'Conv', 'Relu', 'Add', 'Concat', 'ReduceMean']);
    net.dispose();
  });

  test('of channels in front needs no transposition', async () => {
    const net = sequential([input({ shape: [2, 6, 6] }), layers.conv2d({ filters: 3, kernelSize: 3, dataFormat: 'channelsFirst' }), layers.maxPooling2d({ dataFormat: 'channelsFirst' })]);
    expect(await operationsOf(net)).toEqual(['Conv', 'MaxPool']);
    net.dispose();
  });
});

describe('ends of a model', () => {
  test('that are one tensor, an input, or another way to see a tensor each have a name of their own', async () => {
    const x = input({ shape: [2, 3], name: 'x' });
    const y = layers.dense({ units: 3, name: 'y' })(x);
    const turned = layers.permute({ dims: [2, 1], name: 'turned' })(y);
    const back = layers.permute({ dims: [2, 1], name: 'back' })(turned);
    const net = model({ inputs: x, outputs: [x, y, turned, back, y] }) as unknown as Model;
    const file = join(folder, 'ends.onnx');
    await net.export(file);
    const session = await openOnnx(file);
    expect(session.outputNames).toEqual(['x_1', 'y', 'turned', 'back', 'y_1']);
    const given = tf.tensor([1, 2, 3, 4, 5, 6, -1, 0, 1, 7, 8, 9], [2, 2, 3]);
    const got = Object.values(await runOnnx(session, [given]));
    const want = net.predict(given) as Tensor[];
    got.forEach((each, i) => {
      expect(each.shape).toEqual(want[i]!.shape);
      each.dataSync().forEach((n, at) => expect(n).toBeCloseTo(want[i]!.dataSync()[at]!, 5));
    });
    tf.dispose([given, ...got, ...want]);
    await session.release();
    net.dispose();
  });
});

describe('what cannot be exported', () => {
  const strange = (name: string) => {
    const x = input({ shape: [2] });
    return model({ inputs: x, outputs: layers.lambda({ function: (each: Tensor) => tf.atan2(each, tf.scalar(2)), name })(x) }) as unknown as Model;
  };

  test('is refused by layer and operation', async () => {
    const net = strange('angle');
    const refusal = net.export(join(folder, 'angle.onnx'));
    await expect(refusal).rejects.toThrow(ModelError);
    await expect(refusal).rejects.toThrow('angle.onnx: the layer "angle" needs the operation Atan2 of TensorFlow.js, which ibex has no words for in ONNX; cut the model off before that layer');
    net.dispose();
  });

  test('leaves an older file as it was, and nothing beside it', async () => {
    const net = strange('angle');
    const file = join(folder, 'older.onnx');
    writeFileSync(file, 'older');
    const before = readdirSync(folder);
    await expect(net.export(file)).rejects.toThrow('Atan2');
    expect(readFileSync(file, 'utf8')).toBe('older');
    expect(readdirSync(folder)).toEqual(before);
    await expect(sequential([input({ shape: [1] }), layers.dense({ units: 1 })]).export(join(folder, 'no/such.onnx'))).rejects.toThrow('there is no such folder: create it first');
    expect(existsSync(join(folder, 'no'))).toBe(false);
    net.dispose();
  });
});
