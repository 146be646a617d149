/** Asks and trains a model as a case made by real Keras was. */
import { expect } from 'vitest';
import { tf, type Model, type Tensor } from 'ibexjs';
import { readCompile } from '../../src/formats/keras/compileConfig.ts';
import { expectClose, unpack, type Packed, type Tolerance, type TrainCase } from '../helpers/reference.ts';

export const flat = (result: Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>): Tensor[] =>
  result instanceof tf.Tensor ? [result] : Array.isArray(result) ? [...(result as readonly Tensor[])] : Object.keys(result).sort().map((key) => (result as Record<string, Tensor>)[key]!);

/** Data for the model's places, in the form that it wants. */
export const data = (packed: readonly Packed[]) => (packed.length === 1 ? unpack(packed[0]!) : packed.map(unpack)) as never;

export function outputsOf(model: Model, inputs: readonly Packed[]): Tensor[] {
  return flat(model.predict(data(inputs), { batchSize: inputs[0]!.shape[0]! }));
}

export function expectOutputs(what: string, model: Model, inputs: readonly Packed[], want: readonly Packed[], tolerance: Tolerance): void {
  const got = outputsOf(model, inputs);
  expect(got.length, what).toBe(want.length);
  got.forEach((tensor, i) => expectClose(`${what} ${i}`, { data: tensor.dataSync(), shape: tensor.shape }, want[i]!, tolerance));
  tf.dispose(got);
}

/** Compiles as the case did, unless the file brought the compilation along with a state to go on from. */
export function compileAsCase(model: Model, train: TrainCase): void {
  if (train.resume) return;
  const spec = (given: unknown, module: string): unknown => {
    if (Array.isArray(given)) return given.map((each) => spec(each, module));
    if (typeof given !== 'object' || given === null) return given;
    if ('class' in given) return { module, class_name: given.class, config: (given as unknown as { config: unknown }).config };
    return Object.fromEntries(Object.entries(given).map(([key, each]) => [key, spec(each, module)]));
  };
  const { optimizer, loss, metrics, weightedMetrics, lossWeights } = train.compile;
  model.compile({ ...readCompile({
    optimizer: spec(optimizer, 'keras.optimizers'), loss: spec(loss, 'keras.losses'), loss_weights: lossWeights,
    metrics: spec(metrics, 'keras.metrics'), weighted_metrics: spec(weightedMetrics, 'keras.metrics'),
  }, 'test')!, jit: true });
}

/** Trains on the case's data; gives what each epoch came to. */
export async function follow(model: Model, train: TrainCase, epochs: number): Promise<Readonly<Record<string, readonly number[]>>> {
  const { history } = await model.fit(data(train.x), data(train.y), {
    epochs, batchSize: train.fit.batchSize, shuffle: false, verbose: 0,
    ...(train.sampleWeight && { sampleWeight: data(train.sampleWeight) }),
    ...(train.classWeight && { classWeight: train.classWeight }),
    ...(train.validation && { validationData: [data(train.validation.x), data(train.validation.y)] as never, validationBatchSize: train.validation.batchSize ?? train.fit.batchSize }),
  });
  return history;
}
