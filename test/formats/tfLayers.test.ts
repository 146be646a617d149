/** Models of tf.layers: those of fixtures/tfLayers/make.mjs are read; what ibex writes is read by tf.layers itself where it is at hand. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { input, layers, loadModel, model, sequential, setBackend, tf, type Model, type Tensor } from 'ibexjs';
import { expectClose } from '../helpers/close.ts';
import { problemOf } from '../helpers/problem.ts';

const at = (name: string) => fileURLToPath(new URL(`fixtures/tfLayers/${name}`, import.meta.url));
interface Answer { readonly x: number[][]; readonly y: number[][] }
const answers = JSON.parse(readFileSync(at('answers.json'), 'utf8')) as Record<string, Answer>;
const flat = (values: unknown): number[] => (values as number[]).flat(Infinity) as number[];
const tolerance = { rtol: 1e-4, atol: 1e-5 };

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => setBackend('wasm'));

const predict = (net: Model<never>, x: readonly unknown[]): number[][] => {
  const y = (net as unknown as Model<Tensor | Tensor[]>).predict((x.length === 1 ? x[0] : x) as never);
  return [y].flat().map((tensor) => [...tensor.dataSync()]);
};

describe('a model of tf.layers', () => {
  test.each(Object.keys(answers))('%s answers as there', async (name) => {
    const before = tf.memory().numTensors;
    const net = await loadModel(at(`${name}/model.json`));
    tf.tidy(() => predict(net as never, answers[name]!.x).forEach((y, i) => expectClose(y, flat(answers[name]!.y[i]), tolerance)));
    net.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('brings its compilation along', async () => {
    const net = await loadModel(at('graph/model.json'));
    expect(net.trainer.learningRate).toBeCloseTo(0.02, 6);
    const logs = await net.evaluate(answers.graph!.x, [[[0, 0], [0, 0]], [[0], [0]]]);
    expect(Object.keys(logs)).toContain('loss');
    net.dispose();
  });
});

describe('what tf.layers computes otherwise', () => {
  const enlarging = () => sequential([input({ shape: [2, 2, 1] }), layers.upSampling2d({ interpolation: 'bilinear', name: 'larger' })]) as unknown as Model;

  test('is not written', async () => {
    const net = enlarging();
    await expect(net.save(join(folder, 'larger.json'))).rejects.toThrow('larger: has interpolation = "bilinear", which tf.layers does not have, or not as Keras computes it; save as .keras');
    expect(existsSync(join(folder, 'larger.json'))).toBe(false);
    net.dispose();
  });

  test('is read with a line that says so', async () => {
    const net = enlarging();
    const modelTopology = { class_name: 'Sequential', config: { name: 'larger', layers: [
      { class_name: 'UpSampling2D', config: { name: 'larger', batch_input_shape: [null, 2, 2, 1], size: [2, 2], data_format: 'channels_last', interpolation: 'bilinear' } }] } };
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    for (const [generatedBy, times] of [['TensorFlow.js tfjs-layers v4.22.0', 1], ['keras v2.15.0', 1]] as const) {
      writeFileSync(join(folder, 'theirs.json'), JSON.stringify({ format: 'layers-model', generatedBy, modelTopology, weightsManifest: [] }));
      (await loadModel(join(folder, 'theirs.json'))).dispose();
      expect(warned).toHaveBeenCalledTimes(times);
    }
    expect(warned.mock.calls[0]![0]).toContain('larger interpolates between the middles of points, as in Keras; in tf.layers it does between their corners');
    warned.mockRestore();
    net.dispose();
  });
});

test('another JSON is refused as what it is', async () => {
  const path = join(folder, 'settings.json');
  writeFileSync(path, JSON.stringify({ name: 'settings', version: 1 }));
  expect(await problemOf(() => loadModel(path))).toBe(`loadModel: ${path}: is not a model.json of TensorFlow.js: it has no modelTopology`);
});

test('momentum, which is an optimizer of its own in TensorFlow.js, is SGD with momentum', async () => {
  const net = sequential([input({ shape: [2] }), layers.dense({ units: 1 })]);
  const path = join(folder, 'momentum.json');
  await net.save(path);
  const optimizer_config = { class_name: 'Momentum', config: { learningRate: 0.05, momentum: 0.8, useNesterov: true } };
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), trainingConfig: { loss: 'mean_squared_error', metrics: [], optimizer_config } }));
  const again = await loadModel(path, { compile: true });
  expect(again.trainer.compiled.optimizer.kind).toBe('momentum');
  expect(again.trainer.compiled.optimizer.options).toMatchObject({ learningRate: 0.05, momentum: 0.8, nesterov: true });
  net.dispose();
  again.dispose();
});

// A path such as /somewhere/node_modules/@tensorflow/tfjs/dist/tf.node.js: tf.layers is no dependency of ibex.
const tfjs = process.env.IBEX_TFJS;
if (!tfjs) console.warn('skipped: tf.layers itself is not asked; IBEX_TFJS names where @tensorflow/tfjs is');

const draw = (shape: readonly number[]): unknown => tf.tidy(() => tf.randomNormal([...shape], 0, 1, 'float32', 3).arraySync());

/** Models of every layer that tf.layers has, with what they are asked. */
function examples(): Readonly<Record<string, readonly [Model<never>, readonly unknown[]]>> {
  const l = layers;
  const stack = (shape: readonly number[], ...list: ReturnType<typeof l.dense>[]) => [sequential([input({ shape: [...shape] }), ...list], { seed: 5 }) as never, [draw([2, ...shape])]] as const;
  const a = input({ shape: [5, 3], name: 'a' });
  const b = input({ shape: [4], name: 'b' });
  const inner = sequential([input({ shape: [4] }), l.dense({ units: 4, activation: 'relu' }), l.batchNormalization()], { name: 'inner', seed: 2 });
  const j = input({ shape: [4] });
  const twin = model({ inputs: j, outputs: l.dense({ units: 4 })(j), name: 'twin', seed: 3 });
  const [, h, c] = l.lstm({ units: 4, returnState: true })(a);
  const z = l.lstm({ units: 4 })(a, { initialState: [h!, c!] });
  const graph = model({ inputs: [a, b], outputs: [inner(twin(z)), l.dot({ axes: 1 })([inner(b), z]), twin(b)], seed: 4 });
  return {
    image: stack([8, 8, 2], l.conv2d({ filters: 3, kernelSize: 3, activation: 'relu6' }), l.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2 }), l.separableConv2d({ filters: 3, kernelSize: 2 }),
      l.batchNormalization(), l.reLU({ maxValue: 2 }), l.leakyReLU({ negativeSlope: 0.2 }), l.reLU({ threshold: 0.1 }), l.elu(), l.prelu({ alphaInitializer: 'ones' }), l.zeroPadding2d(), l.upSampling2d({ size: 2 }), l.cropping2d({ cropping: 1 }),
      l.maxPooling2d({ poolSize: 2 }), l.conv2dTranspose({ filters: 2, kernelSize: 2, padding: 'same' }), l.averagePooling2d({ poolSize: 2 }), l.activation({ activation: 'gelu' }), l.globalAveragePooling2d()),
    volume: stack([4, 4, 4, 1], l.conv3d({ filters: 2, kernelSize: 2 }), l.maxPooling3d({ poolSize: 2 }), l.conv3dTranspose({ filters: 1, kernelSize: 2 }), l.averagePooling3d({ poolSize: 2 }), l.flatten()),
    rows: stack([6, 3], l.conv1d({ filters: 4, kernelSize: 2, padding: 'same', dilationRate: 2 }), l.maxPooling1d({ poolSize: 2 }), l.averagePooling1d({ poolSize: 2, strides: 1 }), l.spatialDropout1d({ rate: 0.3 }),
      l.layerNormalization(), l.globalMaxPooling1d(), l.repeatVector({ n: 3 }), l.permute({ dims: [2, 1] }), l.reshape({ targetShape: [12] }), l.gaussianNoise({ stddev: 1 }), l.gaussianDropout({ rate: 0.1 }),
      l.alphaDropout({ rate: 0.1 }), l.dense({ units: 4, activation: 'mish', kernelRegularizer: 'l2', biasConstraint: 'nonNeg', kernelInitializer: 'heNormal' }), l.softmax()),
    words: [sequential([input({ shape: [4] }), l.embedding({ inputDim: 5, outputDim: 3, maskZero: true }), l.lstm({ units: 3, returnSequences: true }), l.gru({ units: 3, resetAfter: false, returnSequences: true }),
      l.bidirectional({ layer: l.simpleRNN({ units: 2, returnSequences: true }), mergeMode: 'sum' }), l.timeDistributed({ layer: l.dense({ units: 3, activation: 'silu' }) }),
      l.rnn({ cell: [l.lstmCell({ units: 2 }), l.simpleRNNCell({ units: 3 })], returnSequences: true }), l.rnn({ cell: l.lstmCell({ units: 2 }) }), l.dense({ units: 2, activation: 'logSoftmax' })], { seed: 1 }) as never,
    [[[1, 2, 3, 4], [4, 2, 0, 0], [3, 0, 0, 0]]]],
    film: stack([2, 4, 4, 1], l.convLstm2d({ filters: 2, kernelSize: 2 }), l.globalMaxPooling2d()),
    masked: [sequential([input({ shape: [3, 2] }), l.masking({ maskValue: 0 }), l.simpleRNN({ units: 2 })], { seed: 8 }) as never, [[[[1, 2], [3, 4], [0, 0]], [[0, 0], [1, 1], [2, 1]]]]],
    graph: [graph as never, [draw([2, 5, 3]), draw([2, 4])]],
  };
}

describe('what ibex writes', () => {
  test('ibex reads again, to the bit', async () => {
    for (const [name, [net, x]] of Object.entries(examples())) {
      const path = join(folder, `${name}.json`);
      await (net as unknown as Model).save(path);
      const again = await loadModel(path);
      expect(predict(again as never, x), name).toEqual(predict(net, x));
      again.dispose();
    }
  });

  test.skipIf(!tfjs)('tf.layers answers as ibex does', async () => {
    const all = Object.entries(examples());
    for (const [name, [net]] of all) await (net as unknown as Model).save(join(folder, `${name}.json`));
    const { stdout, stderr } = spawnSync(process.execPath, [at('ask.mjs'), tfjs!], { input: JSON.stringify(all.map(([name, [, x]]) => ({ path: join(folder, `${name}.json`), x }))), encoding: 'utf8', maxBuffer: 2 ** 26 });
    const found = JSON.parse(stdout.trim().split('\n').at(-1) ?? stderr) as readonly { y?: number[][]; error?: string }[];
    expect(found.map(({ error }, i) => error && `${all[i]![0]}: ${error}`).filter(Boolean)).toEqual([]);
    all.forEach(([, [net, x]], i) => predict(net, x).forEach((y, output) => expectClose(found[i]!.y![output]!, y, tolerance)));
  });
});
