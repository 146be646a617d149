/** Models to save: one for each layer, asked and trained by ibex; one for each part of a compilation, with options that are not the default. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { input, layers, losses, metrics, model, optimizers, sequential, tf, type Model, type Tensor } from 'ibexjs';
import { constraints } from '../../src/core/constraints.ts';
import { initializers } from '../../src/core/initializers.ts';
import { regularizers } from '../../src/core/regularizers.ts';
import * as schedules from '../../optimizers/schedules/index.ts';
import { rows } from '../layers/rows.ts';
import type { Packed } from '../helpers/reference.ts';

const pack = (tensor: Tensor): Packed => {
  const { buffer, byteOffset, byteLength } = tensor.dataSync() as Float32Array;
  return { shape: tensor.shape, dtype: tensor.dtype as Packed['dtype'], data: Buffer.from(buffer, byteOffset, byteLength).toString('base64') };
};

/** Where Keras 3.15 on a CPU is at odds with its own documentation, or with itself: pictures that are not cropped, channels that come first. */
const otherwise = ['randomCrop', 'separableConv2d'];
const isRandom = (kind: string) => /dropout|noise|^random/i.test(kind);
const tolerance = { rtol: 1e-4, atol: 1e-5 };

export interface Example { readonly name: string; readonly model: Model; /** A case as Keras's own are; none for what it cannot be asked. */ readonly asked?: { readonly file: string; readonly trains: boolean } }

/** A model around each layer. Whatever learns is trained for three steps. */
export async function exampleOf(folder: string): Promise<readonly Example[]> {
  const examples: Example[] = [];
  for (const [name, row] of Object.entries(rows)) {
    // Code, and activations with settings that Keras has no words for.
    if (row.code || row.layer().keras === undefined) continue;
    const dtype = row.dtype ?? 'float32';
    const shapes = (Array.isArray(row.input[0]) ? row.input : [row.input]) as readonly (readonly number[])[];
    const inputs = shapes.map((shape, i) => input({ shape, dtype, name: `in${i}`, ...(row.batchSize && { batchSize: row.batchSize }) }));
    const outputs = [...row.layer()((inputs.length === 1 ? inputs[0] : inputs) as never)];
    const net = model({ inputs: inputs.length === 1 ? inputs[0]! : inputs, outputs: outputs.length === 1 ? outputs[0]! : outputs, name, seed: 11 }) as unknown as Model;
    if (dtype === 'string' || otherwise.includes(name)) {
      examples.push({ name, model: net });
      continue;
    }
    const size = 4;
    const draw = (shape: readonly number[], seed: number) => (dtype === 'int32' ? tf.floor(tf.randomUniform([size, ...shape], 0, 3, 'float32', seed)).toInt() : tf.randomUniform([size, ...shape], -1, 1, 'float32', seed));
    const file = join(folder, `${name}.json`);
    const asTensors = (y: unknown) => (Array.isArray(y) ? y : [y]) as Tensor[];
    const x = shapes.map((shape, i) => draw(shape, i + 1));
    const given = (x.length === 1 ? x[0] : x) as never;
    const ask = () => asTensors(net.predict(given, { batchSize: size })).map(pack);
    const before = ask();
    const trains = net.network.variables.some(({ learns }) => learns) && !isRandom(name) && before.length === 1 && before[0]!.dtype === 'float32';
    let train: unknown;
    if (trains) {
      const y = tf.randomUniform([...before[0]!.shape], -1, 1, 'float32', 9);
      const weights = net.getWeights();
      net.compile({ optimizer: optimizers.momentum({ learningRate: 0.05 }), loss: 'meanSquaredError' });
      const { history } = await net.fit(given, y, { batchSize: size, epochs: 3, shuffle: false, verbose: 0 });
      train = { compile: { optimizer: { class: 'SGD', config: { learning_rate: 0.05, momentum: 0.9 } }, loss: 'mse' }, fit: { batchSize: size, epochs: 3 }, x: x.map(pack), y: [pack(y)], lossPerEpoch: history.loss, metricsPerEpoch: {}, outputsAfter: ask(), resume: false, tolerance };
      // As it was, for Keras to begin from.
      net.setWeights(weights);
      net.compile({ optimizer: optimizers.momentum({ learningRate: 0.05 }), loss: 'meanSquaredError' });
      tf.dispose([weights, y]);
    }
    writeFileSync(file, JSON.stringify({ name, tags: [], inputs: x.map(pack), outputs: before, tolerance, params: { total: net.countParams() }, ...(train ? { train } : {}) }));
    tf.dispose(x);
    examples.push({ name, model: net, asked: { file, trains } });
  }
  return examples;
}

type Options = Readonly<Record<string, unknown>>;
type Make = ((options: never) => unknown) & { readonly options?: z.ZodObject; readonly schema?: z.ZodObject };

/** Values that an option might take in place of its default. */
function others(value: unknown, schema: z.ZodType): readonly unknown[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value * 0.7 + 0.125, value + 1, value * 0.7 - 0.1, value - 1];
  const inner = (schema as unknown as { def: { innerType?: z.ZodType; in?: z.ZodType; entries?: Record<string, string> } }).def;
  if (inner.entries) return Object.values(inner.entries).filter((each) => each !== value);
  const under = inner.innerType ?? inner.in;
  return under ? others(value, under) : value === null ? [0.5, 3, true] : [];
}

/** Options with as many of them as can be changed away from their defaults. */
export function varied(make: Make, needed: Options = {}): Options {
  const schema = make.options ?? make.schema!;
  const defaults = (make(needed as never) ?? {}) as { readonly options?: Options } & Options;
  let options: Options = needed;
  for (const [key, field] of Object.entries(schema.shape)) {
    if (key in needed || key === 'name' || key === 'learningRate') continue;
    for (const value of others((defaults.options ?? defaults)[key], field as z.ZodType)) {
      const more = { ...options, [key]: value };
      try {
        make(more as never);
      } catch {
        continue;
      }
      options = more;
      break;
    }
  }
  return options;
}

const needed: Readonly<Record<string, Options>> = {
  constant: { value: 0.3 }, piecewiseConstantDecay: { boundaries: [2, 5], values: [0.1, 0.05, 0.01] },
  cosineDecay: { initialLearningRate: 0.1, decaySteps: 10, warmupTarget: 0.2, warmupSteps: 3 }, cosineDecayRestarts: { initialLearningRate: 0.1, firstDecaySteps: 10 },
  exponentialDecay: { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.9 }, inverseTimeDecay: { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.9 }, polynomialDecay: { initialLearningRate: 0.1, decaySteps: 10 },
  iou: { numClasses: 3, targetClassIds: [0, 2] }, oneHotIoU: { numClasses: 3, targetClassIds: [0, 2] }, meanIoU: { numClasses: 3 }, oneHotMeanIoU: { numClasses: 3 },
  precisionAtRecall: { recall: 0.6 }, recallAtPrecision: { precision: 0.6 }, sensitivityAtSpecificity: { specificity: 0.6 }, specificityAtSensitivity: { sensitivity: 0.6 },
  categoricalFocalCrossentropy: { alpha: [0.2, 0.3, 0.5] }, muon: { excludeLayers: ['second'] }, fBetaScore: { average: 'macro' },
};

const data = (units: number) => [tf.randomUniform([6, 4], -1, 1, 'float32', 1), tf.oneHot(tf.tensor1d([0, 1, 2, 1, 0, 2].map((n) => n % units), 'int32'), units)] as const;

function plain(options: Options = {}): Model {
  return sequential([input({ shape: [4] }), layers.dense({ units: 5, activation: 'tanh', ...options }), layers.dense({ units: 3, activation: 'softmax', name: 'second' })], { name: 'net', seed: 2 }) as unknown as Model;
}

async function trained(net: Model): Promise<Model> {
  const [x, y] = data(3);
  await net.fit(x, y, { epochs: 2, batchSize: 3, verbose: 0, shuffle: false });
  tf.dispose([x, y]);
  return net;
}

/** Compiled or not, trained where that is what is to be seen. */
export function models(): Readonly<Record<string, () => Promise<Model>>> {
  const all: Record<string, () => Promise<Model>> = {};
  const optimizer = Object.entries(optimizers).filter(([, make]) => typeof make === 'function' && 'keras' in make && 'schema' in make);
  for (const [kind, make] of optimizer as unknown as [string, Make][]) {
    const compiled = (options: Options) => async () => trained(plain().compile({ optimizer: make(options as never) as never, loss: 'categoricalCrossentropy' }));
    all[kind] = compiled({});
    all[`${kind} with options`] = compiled(varied(make, { ...needed[kind], useEma: true, gradientAccumulationSteps: 2 }));
  }
  for (const [kind, make] of Object.entries(schedules) as unknown as [string, Make][]) {
    if (kind === 'warmup') continue;
    const options = varied(make, needed[kind]);
    all[kind] = async () => trained(plain().compile({ optimizer: optimizers.adam({ learningRate: make(options as never) as never }), loss: 'categoricalCrossentropy' }));
  }
  const many = (list: readonly unknown[]) => async () => {
    const x = input({ shape: [4], name: 'x' });
    const outputs = Object.fromEntries(list.map((_, i) => [`y${i}`, layers.dense({ units: 3, name: `y${i}` })(x)]));
    return (model({ inputs: x, outputs, name: 'many', seed: 5 }) as unknown as Model).compile({ optimizer: 'adam', loss: Object.fromEntries(list.map((loss, i) => [`y${i}`, loss])) as never });
  };
  const lossList = Object.entries(losses) as unknown as [string, Make][];
  all['losses by name'] = many(lossList.map(([kind]) => kind));
  all['losses with options'] = many(lossList.map(([kind, make]) => make({ ...varied(make, needed[kind]), reduction: 'sum' } as never)));
  const metricList = Object.entries(metrics) as unknown as [string, Make][];
  for (const [what, optionsOf] of [['metrics', (kind: string) => needed[kind] ?? {}], ['metrics with options', (kind: string, make: Make) => varied(make, needed[kind])]] as [string, (kind: string, make: Make) => Options][]) {
    all[what] = async () => plain().compile({
      optimizer: 'adam', loss: 'meanSquaredError', metrics: metricList.map(([kind, make]) => make(optionsOf(kind, make) as never)) as never,
      weightedMetrics: metricList.map(([kind, make], i) => make({ ...optionsOf(kind, make), name: `mine${i}` } as never)) as never,
    });
  }
  const parts = { kernelInitializer: initializers, kernelRegularizer: regularizers, kernelConstraint: constraints } as unknown as Readonly<Record<string, Readonly<Record<string, Make>>>>;
  all['initializers, regularizers and constraints'] = async () => sequential([input({ shape: [4] }), ...Object.entries(parts).flatMap(([option, table]) => Object.entries(table)
    .flatMap(([kind, make]) => [needed[kind] ?? {}, varied(make, needed[kind])].map((options) => layers.dense({ units: 4, [option]: make(options as never) } as never))))], { name: 'parts', seed: 4 }) as unknown as Model;
  const ends = (compile: Options) => async () => {
    const [a, b] = [input({ shape: [4], name: 'a' }), input({ shape: [4], name: 'b' })];
    const shared = layers.dense({ units: 3, name: 'shared' });
    const net = model({ inputs: { a, b }, outputs: { p: shared(a), q: layers.add({ name: 'sum' })([shared(b), shared(a)]) }, name: 'ends', seed: 3 });
    return (net as unknown as Model).compile(compile as never);
  };
  const { huber, meanSquaredError } = losses;
  all['a loss for each end'] = ends({ optimizer: 'sgd', loss: { p: 'meanSquaredError', q: huber({ delta: 0.5 }) }, lossWeights: { p: 1, q: 0.5 }, metrics: { p: ['meanAbsoluteError', 'accuracy'], q: [metrics.auc()] } });
  all['a loss for some ends'] = ends({ optimizer: 'sgd', loss: { p: meanSquaredError() } });
  return all;
}
