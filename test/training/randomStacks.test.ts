/**
 * Stacks of convolutions and pools at sizes, strides and paddings that nobody thought of: a recorded training ends as an eager one, and on one engine as on the other.
 * IBEX_FUZZ_RUNS=100 is a long run: a hundred times as many stacks.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { input, ModelError, sequential, setBackend, tf, type Model } from 'ibexjs';
import * as layers from 'ibexjs/layers';
import { sgd } from 'ibexjs/optimizers';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';

const runs = 30 * Number(process.env.IBEX_FUZZ_RUNS ?? 1);

type Make = (options: Record<string, unknown>) => ReturnType<typeof layers.dense>;
const make = layers as unknown as Record<string, Make>;

const axes = (n: number, from: number, to: number) => fc.array(fc.integer({ min: from, max: to }), { minLength: n, maxLength: n });
const padding = fc.constantFrom('same', 'valid');
const activation = fc.constantFrom('linear', 'relu', 'tanh', 'softplus');

const convolution = (n: number) => fc.record({
  kind: fc.constantFrom(`conv${n}d`, `conv${n}dTranspose`),
  options: fc.record({ filters: fc.integer({ min: 1, max: 18 }), kernelSize: axes(n, 1, 4), strides: fc.oneof(fc.constant(Array<number>(n).fill(1)), axes(n, 1, 3)), padding, activation, useBias: fc.boolean() }),
});
const dilated = (n: number) => fc.record({ kind: fc.constant(`conv${n}d`), options: fc.record({ filters: fc.integer({ min: 1, max: 9 }), kernelSize: axes(n, 1, 3), dilationRate: axes(n, 1, 2), padding }) });
const alone = (n: number) => fc.record({
  kind: fc.constantFrom(`depthwiseConv${n}d`, `separableConv${n}d`),
  options: fc.record({ filters: fc.integer({ min: 1, max: 9 }), kernelSize: axes(n, 1, 4), strides: fc.integer({ min: 1, max: 2 }), padding, depthMultiplier: fc.integer({ min: 1, max: 3 }) }),
}).map(({ kind, options: { filters, ...options } }) => ({ kind, options: kind.startsWith('separable') ? { filters, ...options } : options }));
const pool = (n: number) => fc.record({
  // Of equal numbers in a volume the engines choose different ones to be the largest, as TensorFlow's own kernels do.
  kind: fc.constantFrom(...(n === 3 ? ['average'] : ['average', 'max']).map((mode) => `${mode}Pooling${n}d`)),
  options: fc.record({ poolSize: axes(n, 1, 3), strides: axes(n, 1, 3), padding }),
});

const stack = fc.constantFrom(1, 2, 3).chain((n) => fc.record({
  shape: fc.tuple(axes(n, n === 3 ? 3 : 5, n === 3 ? 7 : n === 2 ? 12 : 24), fc.integer({ min: 1, max: 9 })).map(([space, channels]) => [...space, channels]),
  layers: fc.array<{ kind: string; options: object }>(n === 3 ? fc.oneof(convolution(n), dilated(n), pool(n)) : fc.oneof(convolution(n), dilated(n), alone(n), pool(n)), { minLength: 1, maxLength: 3 }),
  rows: fc.integer({ min: 1, max: 12 }),
  batchSize: fc.integer({ min: 1, max: 7 }),
  /** Whether the native engine hands small steps over to the embedded one. */
  embedded: fc.constantFrom('auto', 'off'),
}));

const waves = (shape: readonly number[], phase: number) => ({ data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i * i + phase)), shape: [...shape] });

describe('stacks at random', () => {
  it(`train alike, recorded or not, on ${engines.join(' and ')}`, async () => {
    await fc.assert(fc.asyncProperty(stack, async ({ shape, layers: given, rows, batchSize, embedded }) => {
      process.env.IBEX_EMBEDDED = embedded;
      const train = async (jit: boolean) => {
        const net = sequential([input({ shape }), ...given.map(({ kind, options }) => make[kind]!({ ...options })), layers.flatten(), layers.dense({ units: 2 })], { seed: 1 }) as Model<tf.Tensor>;
        net.compile({ optimizer: sgd({ learningRate: 0.01 }), loss: 'meanSquaredError', jit });
        const { history } = await net.fit(waves([rows, ...shape], 0), waves([rows, 2], 1), { epochs: 2, batchSize, shuffle: false, verbose: 0 });
        const weights = net.readWeights().flatMap(({ data }) => [...data]);
        net.dispose();
        return [...history.loss!, ...weights];
      };
      await setBackend(engines[0]!);
      let first: number[];
      try {
        first = await train(false);
      } catch (error) {
        // A window that does not fit, or strides that a layer does not take, is an answer too.
        if (error instanceof ModelError && !error.message.includes('failed')) return;
        throw error;
      }
      for (const engine of engines) {
        await setBackend(engine);
        const [eager, recorded] = [await train(false), await train(true)];
        if (engine === 'wasm') expect(recorded).toEqual(eager);
        else expectClose(recorded, eager, { rtol: 1e-3, atol: 1e-4 });
        expectClose(eager, first, { rtol: 1e-3, atol: 1e-4 });
      }
    }), { numRuns: runs, seed: 1 });
  }, 60_000 * runs);
});
