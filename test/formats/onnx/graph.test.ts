/** What an engineer finds in an exported graph: the operations that belong there, and weights by their names. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { input, layers, model, ModelError, sequential, setBackend, tf, type Model, type Tensor } from 'ibexjs';
import { toOnnx, traceForOnnx } from '../../../src/formats/onnx/onnx.ts';
import { openOnnx, runOnnx } from './runOnnx.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-onnx-'));
beforeAll(() => setBackend('wasm'));
afterAll(() => rmSync(folder, { recursive: true }));

const graphOf = async (net: unknown) => toOnnx(await traceForOnnx(net as Model, 'export'), 'net', 'export');
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
    expect(initializers.filter(({ name }) => name.startsWith('first/')).map(({ name, shape }) => [name, shape])).toEqual([['first/kernel', [4, 2, 3, 3]], ['first/bias', [4]]]);
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

  test('of enlarged images stays as images are, and has a Resize', async () => {
    const net = sequential([input({ shape: [4, 4, 1] }), layers.conv2d({ filters: 2, kernelSize: 1 }), layers.upSampling2d({ size: [2, 3] }), layers.conv2d({ filters: 2, kernelSize: 2 }), layers.globalMaxPooling2d()]);
    expect(await operationsOf(net)).toEqual(['Transpose', 'Conv', 'Resize', 'Conv', 'ReduceMax']);
    net.dispose();
  });

  test('of sequences slides along one axis', async () => {
    const net = sequential([
      input({ shape: [12, 3] }), layers.conv1d({ filters: 4, kernelSize: 3, strides: 2, name: 'first', activation: 'relu' }), layers.averagePooling1d({ poolSize: 2, padding: 'same' }),
      layers.conv1dTranspose({ filters: 2, kernelSize: 3, strides: 2 }), layers.depthwiseConv1d({ kernelSize: 2 }), layers.globalMaxPooling1d(),
    ]);
    const { nodes, initializers } = await graphOf(net);
    expect(nodes.map(({ op, attributes }) => [op, attributes.kernel_shape])).toEqual([
      ['Transpose', undefined], ['Conv', [3]], ['Relu', undefined], ['AveragePool', [2]], ['ConvTranspose', [3]], ['Conv', [2]], ['ReduceMax', undefined],
    ]);
    expect(initializers.find(({ name }) => name === 'first/kernel')!.shape).toEqual([4, 3, 3]);
    net.dispose();
  });

  test('of recurrent layers has one operation for each, however long the sequence', async () => {
    const net = sequential([
      input({ shape: [200, 3], name: 'steps' }), layers.lstm({ units: 4, returnSequences: true, name: 'lstm' }), layers.bidirectional({ layer: layers.gru({ units: 2, returnSequences: true }) }),
      layers.gru({ units: 3, resetAfter: false, returnSequences: true }), layers.simpleRNN({ units: 5, name: 'last' }),
    ]);
    const { nodes, initializers } = await graphOf(net);
    expect(nodes.filter(({ op }) => ['LSTM', 'GRU', 'RNN'].includes(op)).map(({ op }) => op)).toEqual(['LSTM', 'GRU', 'GRU', 'GRU', 'RNN']);
    expect(nodes.length).toBeLessThan(20);
    const shapeOf = (name: string) => initializers.find((each) => each.name === name)?.shape;
    expect([shapeOf('lstm/kernel'), shapeOf('lstm/recurrentKernel'), shapeOf('lstm/bias')]).toEqual([[1, 16, 3], [1, 16, 4], [1, 32]]);
    net.dispose();
  });

  test('of a recurrent layer behind few vectors to look up has one operation too', async () => {
    const net = sequential([input({ shape: [100], dtype: 'int32' }), layers.embedding({ inputDim: 10, outputDim: 48 }), layers.lstm({ units: 4 })]);
    const operations = await operationsOf(net);
    expect(operations.filter((op) => op === 'LSTM' || op === 'Gather')).toEqual(['Gather', 'LSTM']);
    expect(operations).not.toContain('Split');
    net.dispose();
  });

  test('of recurrent layers of a kind of their own goes step by step', async () => {
    const stack = (...list: ReturnType<typeof layers.dense>[]) => sequential([input({ shape: [3, 2] }), ...list]);
    for (const net of [stack(layers.masking(), layers.lstm({ units: 2 })), stack(layers.gru({ units: 2, recurrentActivation: 'hardSigmoid' })), stack(layers.lstm({ units: 2, activation: 'relu' }))]) {
      const operations = await operationsOf(net);
      expect(operations).not.toContain('LSTM');
      expect(operations.filter((op) => op === 'Split').length).toBeGreaterThanOrEqual(3);
      net.dispose();
    }
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
