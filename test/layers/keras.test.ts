/** Feed-forward layers compute what Keras's own do: numbers from `test/golden/layers.py`. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import * as layers from '../../layers/index.ts';
import { warp, type WarpOptions } from '../../layers/shared/warp.ts';
import type { LayerFactory } from '../../src/core/defineLayer.ts';
import { sized } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { optionsOf } from '../helpers/keras.ts';
import { drive, startingWeights } from './drive.ts';

interface Case {
  readonly kind: string;
  readonly options: Record<string, unknown>;
  readonly inputs: readonly (readonly number[])[];
  /** Whether the first input has a mask that leaves out every third step, from the second on. */
  readonly mask?: true;
  /** Whether inputs are 0, 1, 2, 0, … */
  readonly integers?: true;
  readonly shape: readonly number[];
  readonly output: readonly number[];
}

interface Moved extends Case {
  /** Two affine maps of six numbers. */
  readonly maps: readonly (readonly number[])[];
}

const all = JSON.parse(readFileSync(new URL('../golden/layers.json', import.meta.url), 'utf8')) as readonly (Case | Moved)[];
const isMoved = (each: Case | Moved): each is Moved => 'maps' in each;
const cases = all.filter((each) => !isMoved(each));
const moves = all.filter(isMoved);
const factories = layers as unknown as Readonly<Record<string, LayerFactory>>;
const count = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

/** What `layers.py` fills tensors with. */
const waves = (shape: readonly number[], phase: number, height: number): Tensor =>
  tf.tensor(Float32Array.from({ length: count(shape) }, (_, i) => Math.sin(0.7 * i + phase) * height), [...shape]);

function outputOf({ kind, options, inputs, ...more }: Case): Tensor {
  const factory = factories[kind]!;
  const layer = factory(optionsOf(options, factory.keras?.rename));
  const xs = inputs.map((sizes, i) => {
    const shape = [2, ...sizes];
    return more.integers ? tf.tensor(Int32Array.from({ length: count(shape) }, (_, at) => at % 3), shape, 'int32') : waves(shape, i, 1.5);
  });
  const plan = layer.plan(xs.map((x) => ({ shape: sized(...x.shape.slice(1)), dtype: x.dtype as 'float32', batchSize: null })));
  const weights = Object.fromEntries(startingWeights(layer, plan).map(([name, , { shape }], i) => [name, waves(shape, i + 0.5, 0.5)]));
  const steps = [2, inputs[0]![0]!];
  const mask = more.mask && tf.tensor(Uint8Array.from({ length: count(steps) }, (_, i) => (i % 3 === 1 ? 0 : 1)), steps, 'bool');
  return drive(layer, xs.map((tensor, i) => (mask && i === 0 ? { tensor, mask } : { tensor })), { weights }).outputs[0]!;
}

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));
  test.for(cases.map((each) => [`${each.kind} ${JSON.stringify(each.options)} of ${each.inputs.map((sizes) => `[${sizes}]`).join(', ')}`, each] as const))('%s', ([, each]) => tf.tidy(() => {
    const output = outputOf(each);
    expect(output.shape).toEqual(each.shape);
    expectClose(output.dataSync(), each.output, { rtol: 2e-5, atol: 2e-6 });
  }));

  test.for(moves.map((each) => [JSON.stringify(each.options), each] as const))('moved images, %s', ([, { options, maps, inputs, output }]) => tf.tidy(() => {
    const rows = (from: number) => tf.tensor2d(maps.map((map) => map.slice(from, from + 3)));
    const moved = warp(waves([2, ...inputs[0]!], 0, 1.5), rows(0), rows(3), optionsOf(options) as WarpOptions);
    expectClose(moved.dataSync(), output, { rtol: 2e-5, atol: 5e-6 });
  }));
});
