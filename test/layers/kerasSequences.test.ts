/** Layers on sequences, normalizing layers and layers around layers compute what Keras's own do: numbers from `test/golden/sequences.py`. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import * as layers from '../../layers/index.ts';
import type { LayerFactory } from '../../src/core/defineLayer.ts';
import type { Layer } from '../../src/core/layer.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { drive, planOf, startingWeights } from './drive.ts';

interface Case {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: readonly (readonly number[])[];
  /** Which inputs have a mask. */
  readonly masks?: readonly number[];
  readonly training?: true;
  /** Sizes of the initial states. */
  readonly states?: readonly (readonly number[])[];
  readonly integers?: true;
  readonly given?: Readonly<Record<string, true>>;
  readonly outputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  /** Of the weighted sum of the outputs, along each trainable weight and each input. */
  readonly slopes: readonly (number | null)[];
  /** What is not trained, after the call. */
  readonly after?: readonly (readonly number[])[];
}

const cases = JSON.parse(readFileSync(new URL('../golden/sequences.json', import.meta.url), 'utf8')) as readonly Case[];
const factories = layers as unknown as Readonly<Record<string, LayerFactory>>;
const count = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
const batch = 2;

/** What `sequences.py` fills tensors with. */
const waves = (shape: readonly number[], phase: number, height = 1): Tensor =>
  tf.tensor(Float32Array.from({ length: count(shape) }, (_, i) => Math.sin(0.7 * i + phase) * height), [...shape]);
const counted = (shape: readonly number[], phase = 0) =>
  tf.tensor(Uint8Array.from({ length: count(shape) }, (_, i) => Number((i + phase) % 3 !== 1)), [...shape], 'bool');

const isLayer = (value: object): value is { layer: string; options: object } => 'layer' in value && typeof value.layer === 'string';
function made(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(made);
  if (typeof value !== 'object' || value === null) return value;
  const options = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, made(each)]));
  return isLayer(value) ? (factories[value.layer] as (options: unknown) => Layer)(options.options) : options;
}

function follow({ kind, options, inputs, outputs, slopes, after, ...call }: Case): void {
  const layer = (factories[kind] as (options: unknown) => Layer)(made(options));
  const xs = inputs.map((sizes, i) => (call.integers
    ? tf.tensor(Int32Array.from({ length: batch * count(sizes) }, (_, at) => at % 3), [batch, ...sizes], 'int32') : waves([batch, ...sizes], i, 1.5)));
  const masks = inputs.map(([steps], i) => (call.masks?.[i] ? counted([batch, steps!], i) : undefined));
  const flows = (tensors: readonly Tensor[]) => tensors.map((tensor, i) => ({ tensor, mask: masks[i] }));
  const planned = call.given?.returnAttentionScores ? { returnAttentionScores: true } : {};
  const given = {
    ...call.given,
    ...(call.given?.attentionMask && { attentionMask: [counted([batch, inputs[0]![0]!, inputs[1]![0]!])] }),
    ...(call.states && { initialState: call.states.map((sizes, i) => waves([batch, ...sizes], 5 + i)) }),
  };
  let weights = startingWeights(layer, planOf(layer, flows(xs), { planned }));
  // Keras counts the kernel that this layer divides among its own weights.
  if (kind === 'spectralNormalization') weights = [weights[1]!, weights[0]!, ...weights.slice(2)];
  const values = weights.map(([name, , { shape }], i) => tf.add(waves(shape, i + 0.5, 0.5), name.endsWith('Variance') ? 1 : 0));
  const run = (held: readonly Tensor[], tensors: readonly Tensor[]) => drive(layer, flows(tensors), {
    weights: Object.fromEntries(weights.map(([name], i) => [name, held[i]!])), given, planned, training: call.training ?? false,
  });

  const found = run(values, xs);
  expect(found.outputs.map(({ shape }) => shape)).toEqual(outputs.map(({ shape }) => shape));
  found.outputs.forEach((output, i) => expectClose(output.dataSync(), outputs[i]!.data, { rtol: 1e-4, atol: 1e-5 }));
  const still = weights.flatMap(([name, trainable], i) => (trainable ? [] : [found.updates[name] ?? values[i]!]));
  after?.forEach((data, i) => expectClose(still[i]!.dataSync(), data, { rtol: 1e-4, atol: 1e-5 }));

  const learning = values.filter((_, i) => weights[i]![1]);
  const at = [...learning, ...(call.integers ? [] : xs)];
  const gradients = tf.grads((...tensors: Tensor[]) => {
    const rest = tensors.slice(learning.length);
    const held = [...tensors.slice(0, learning.length)];
    const all = values.map((value, i) => (weights[i]![1] ? held.shift()! : value));
    return run(all, call.integers ? xs : rest).outputs.map((y, i): Tensor => tf.sum(tf.mul(y, waves(y.shape, i)))).reduce((a, b) => tf.add(a, b));
  })(at);
  const got = gradients.map((gradient, i) => tf.sum(tf.mul(gradient, waves(at[i]!.shape, 0.25))).dataSync()[0]!);
  const want = slopes.map((slope, i) => slope ?? got[i]!);
  expectClose(got, want, { rtol: 1e-3, atol: 1e-4 });
}

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));
  test.for(cases.map((each, i) => {
    const { outputs: _, slopes: __, after: ___, kind, ...call } = each;
    return [`${i}: ${kind} ${JSON.stringify(call)}`, each] as const;
  }))('%s', ([, each]) => tf.tidy(() => follow(each)));
});
