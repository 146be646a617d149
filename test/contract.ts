/** What every layer must hold, whatever it computes. One row for each layer in `test/layers/contract.test.ts`; users' own layers can be held to it too. */
import { expect, test } from 'vitest';
import { ModelError } from '../src/core/errors.ts';
import type { LayerFactory } from '../src/core/defineLayer.ts';
import type { Layer } from '../src/core/layer.ts';
import { randomFrom } from '../src/core/random.ts';
import { fits, sized, type Shape } from '../src/core/shape.ts';
import type { CallArguments, DType } from '../src/core/symbolic.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { canRecord, expectSameRecorded } from './helpers/recording.ts';
import { drive, startingWeights } from './layers/drive.ts';

type Sizes = readonly number[];

export interface Row {
  readonly layer: () => Layer;
  /** Sizes of one example, or those of each input. */
  readonly input: Sizes | readonly Sizes[];
  /** Of the inputs; whole numbers count from 0, strings are a few letters. */
  readonly dtype?: 'float32' | 'int32' | 'string';
  /** Whether gradients are checked as they are while training; as they are in prediction, if not said. */
  readonly training?: boolean;
  /** Whether the layer is a function's piecewise constant or random twin, whose gradient finite differences do not see. */
  readonly smooth?: false;
  /** Whether it reads its input on the host, which no engine records. */
  readonly host?: true;
  /** Whether it is made of code, and so has no JSON. */
  readonly code?: true;
  /** Fixed, for layers that remember. */
  readonly batchSize?: number;
}

const isList = (input: Row['input']): input is readonly Sizes[] => Array.isArray(input[0]);
const inputsOf = ({ input }: Row): readonly Sizes[] => (isList(input) ? input : [input]);
const count = (sizes: Sizes) => sizes.reduce((product, n) => product * n, 1);

/** Numbers from −2 to 2 in mixed order, no two alike and none at a whole number: steps of a finite difference pass no kink. */
function spread(n: number, offset: number): Float32Array {
  let stride = Math.max(1, Math.floor(n * 0.618));
  const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b));
  while (common(stride, n) > 1) stride++;
  return Float32Array.from({ length: n }, (_, i) => ((((i + offset) * stride) % n) + 0.37) / n * 4 - 2);
}

const feed = (row: Row, batch: number): Tensor[] => inputsOf(row).map((sizes, i) => {
  const shape = [batch, ...sizes];
  if (row.dtype === 'string') return tf.tensor(Array.from({ length: count(shape) }, (_, at) => 'abc'[(at + i) % 3]!), shape, 'string');
  return row.dtype === 'int32' ? tf.tensor(Int32Array.from({ length: count(shape) }, (_, at) => (at + i) % 3), shape, 'int32') : tf.tensor(spread(count(shape), i), shape);
});

const planned = (layer: Layer, row: Row, shapes: readonly Shape[], given: CallArguments = {}) =>
  layer.plan(shapes.map((shape) => ({ shape, dtype: (row.dtype ?? 'float32') as DType, batchSize: row.batchSize ?? null })), given);

const setting = (row: Row, batch: number) => (row.batchSize ? { batchSize: row.batchSize } : { batchSize: batch });

/** Runs a layer with these weights, and draws that follow from a seed. */
function runWith(layer: Layer, inputs: readonly Tensor[], weights: Readonly<Record<string, Tensor>>, seed: Tensor): readonly Tensor[] {
  const pathsOf = (of: Layer, path: string): [Layer, string][] => [[of, path], ...[...of.held].flatMap(([name, held]) => pathsOf(held, `${path}${name}/`))];
  const paths = new Map(pathsOf(layer, ''));
  const below = (path: string) => Object.entries(weights).filter(([name]) => name.startsWith(path) && !name.slice(path.length).includes('/'));
  return layer.run(inputs.map((tensor) => ({ tensor })), {}, {
    training: true, random: randomFrom(seed), update: () => {}, penalize: () => {},
    weights: (of) => Object.fromEntries(below(paths.get(of)!).map(([name, tensor]) => [name.slice(paths.get(of)!.length), tensor])),
  }).map(({ tensor }) => tensor);
}

const weightsOf = (layer: Layer, row: Row) => startingWeights(layer, planned(layer, row, inputsOf(row).map((sizes) => sized(...sizes))));

/** A sum of the outputs with fixed factors. */
const weighted = (outputs: readonly Tensor[]): Tensor => outputs.filter(({ dtype }) => dtype === 'float32')
  .map((output, i): Tensor => tf.sum(tf.mul(output, tf.tensor(spread(output.size, i + 1), output.shape))))
  .reduce((a, b) => tf.add(a, b), tf.scalar(0));

/** A function of one list of tensors, and what it takes. */
interface Watched { readonly value: (tensors: readonly Tensor[]) => Tensor; readonly at: readonly Tensor[]; readonly names: readonly string[] }

/** A number that follows from the outputs, as a function of the float inputs and the trainable weights. */
function scalarOf(row: Row, layer: Layer, inputs: readonly Tensor[], training: boolean): Watched {
  const plan = planned(layer, row, inputs.map(({ shape }) => sized(...shape.slice(1))));
  const weights = startingWeights(layer, plan).filter(([, trainable]) => trainable)
    // What starts as zeros or ones would hide mistakes.
    .map(([name, , tensor], i) => ({ name, tensor: tf.add(tensor, tf.mul(tf.tensor(spread(tensor.size, i), tensor.shape), 0.1)) }));
  const watchesInputs = (row.dtype ?? 'float32') === 'float32';
  return {
    at: [...(watchesInputs ? inputs : []), ...weights.map(({ tensor }) => tensor)],
    names: [...(watchesInputs ? inputs.map((_, i) => `input ${i}`) : []), ...weights.map(({ name }) => name)],
    value(tensors) {
      const xs = watchesInputs ? tensors.slice(0, inputs.length) : inputs;
      const held = Object.fromEntries(weights.map(({ name }, i) => [name, tensors[(watchesInputs ? inputs.length : 0) + i]!]));
      return weighted(drive(layer, xs, { ...setting(row, inputs[0]!.shape[0]!), weights: held, training }).outputs);
    },
  };
}

/** Compares each gradient, along some directions, with the central finite difference there. */
function checkGradients({ value, at, names }: Watched): void {
  const step = 1e-2;
  const gradients = tf.grads((...tensors: Tensor[]) => value(tensors).asScalar())([...at]);
  gradients.forEach((gradient, i) => {
    const numbers = Array.from(gradient.dataSync());
    const length = Math.hypot(...numbers);
    for (const direction of [0, 1, 2]) {
      const along = spread(at[i]!.size, direction).map((n) => n / 2);
      const moved = (by: number) => value(at.map((tensor, j) => (j === i ? tf.add(tensor, tf.mul(tf.tensor(along, tensor.shape), by)) : tensor))).dataSync()[0]!;
      const wanted = (8 * (moved(step / 2) - moved(-step / 2)) - (moved(step) - moved(-step))) / (6 * step);
      const got = numbers.reduce((sum, n, k) => sum + n * along[k]!, 0);
      expect(Math.abs(got - wanted), `gradient with respect to ${names[i]}: ${got} along direction ${direction}, finite difference ${wanted}`).toBeLessThan(2e-3 + 1e-2 * length);
    }
  });
}

const toJSON = (_: string, value: unknown) => (typeof value === 'function' && 'kind' in value && 'options' in value ? { layer: value.kind, options: value.options } : value);

/** Puts one layer through the contract. `factories` are all layers, by kind. */
export function holdsTheContract(kind: string, row: Row, factories: Readonly<Record<string, LayerFactory>>): void {
  const shapes = inputsOf(row).map((sizes) => sized(...sizes));
  const kindsOf = (layer: Layer): string[] => [layer.kind, ...[...layer.held.values()].flatMap(kindsOf)];
  const naming = (error: unknown) => error instanceof ModelError && kindsOf(row.layer()).some((each) => error.message.startsWith(each));

  test('computes the shape that it plans, for 1 and 3 examples', () => tf.tidy(() => {
    for (const batch of row.batchSize ? [row.batchSize] : [1, 3]) {
      const { outputs, plan } = drive(row.layer(), feed(row, batch), setting(row, batch));
      expect(outputs.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(plan.outputs.map(({ shape, dtype }) => ({ shape: [batch, ...shape], dtype })));
    }
  }));

  test('plans axes that may vary, or says what it needs', () => tf.tidy(() => {
    const { outputs } = drive(row.layer(), feed(row, row.batchSize ?? 2), setting(row, row.batchSize ?? 2));
    for (const axis of shapes[0]!.keys()) {
      const open = shapes.map((shape) => sized(...shape.map((n, i) => (i === axis ? null : n))));
      let plan;
      try {
        plan = planned(row.layer(), row, open);
      } catch (error) {
        expect(naming(error), String(error)).toBe(true);
        continue;
      }
      plan.outputs.forEach(({ shape }, i) => expect(fits(shape, outputs[i]!.shape.slice(1)), `${JSON.stringify(shape)} for ${JSON.stringify(open)}`).toBe(true));
    }
  }));

  test('takes other ranks, or refuses them by name', () => tf.tidy(() => {
    for (const rank of [0, 1, 2, 3, 4, 5]) {
      const sizes = Array.from({ length: rank }, (_, i) => shapes[0]![i] ?? 2);
      const other: Row = { ...row, input: isList(row.input) ? [sizes, ...row.input.slice(1)] : sizes };
      let plan;
      try {
        plan = planned(row.layer(), other, inputsOf(other).map((each) => sized(...each)));
      } catch (error) {
        expect(naming(error), String(error)).toBe(true);
        continue;
      }
      const batch = row.batchSize ?? 2;
      const { outputs } = drive(row.layer(), feed(other, batch), setting(row, batch));
      expect(outputs.map(({ shape }) => shape), `for one example of ${JSON.stringify(sizes)}`).toEqual(plan.outputs.map(({ shape }) => [batch, ...shape]));
    }
  }));

  test('refuses an unknown option by name', () => {
    let refusal: unknown;
    try {
      factories[kind]!({ ...row.layer().options, nonsense: 1 });
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(ModelError);
    expect((refusal as ModelError).message).toMatch(new RegExp(`^${kind}: unknown option "nonsense"`));
  });

  test.skipIf(row.code)('is the same layer again from its JSON', () => {
    const text = JSON.stringify({ layer: kind, options: row.layer().options }, toJSON);
    const again = JSON.parse(text, (_, value: { layer?: string; options?: Record<string, unknown> } | null) => (value?.layer && value.options ? factories[value.layer]!(value.options) : value)) as Layer;
    expect(JSON.stringify({ layer: again.kind, options: again.options }, toJSON)).toBe(text);
  });

  test('draws and computes the same from the same seed', () => tf.tidy(() => {
    const runOnce = () => {
      const layer = row.layer();
      const weights = Object.fromEntries(weightsOf(layer, row).map(([name, , tensor]) => [name, tensor]));
      return runWith(layer, feed(row, row.batchSize ?? 3), weights, tf.tensor1d([7, 3], 'int32')).map((output) => [...output.dataSync()]);
    };
    expect(runOnce()).toEqual(runOnce());
  }));

  test('leaves no tensors but its results', () => {
    const inputs = feed(row, row.batchSize ?? 2);
    const before = tf.memory().numTensors;
    const outputs = tf.tidy(() => drive(row.layer(), inputs, { ...setting(row, row.batchSize ?? 2), training: true }).outputs as Tensor[]);
    const made = [...new Set(outputs)].filter((output) => !inputs.includes(output));
    expect(tf.memory().numTensors - before).toBe(made.length);
    tf.dispose([...inputs, ...made]);
  });

  test.skipIf(row.smooth === false)('has the gradients that finite differences give', () => tf.tidy(() => {
    checkGradients(scalarOf(row, row.layer(), feed(row, row.batchSize ?? 2), row.training ?? false));
  }));

  test('trains the same recorded and replayed', ({ skip }) => tf.tidy(() => {
    skip(!canRecord(), 'this engine does not record');
    skip(row.dtype === 'string', 'strings are refused before a step is recorded');
    const batch = row.batchSize ?? 2;
    const layer = row.layer();
    const weights = weightsOf(layer, row);
    const trained = weights.filter(([, trainable]) => trainable);
    const fixed = Object.fromEntries(weights.map(([name, , tensor]) => [name, tensor]));
    const start = [tf.tensor1d([7, 0], 'int32'), tf.scalar(0), ...trained.map(([, , tensor]) => tensor)];
    const declined = expectSameRecorded(start, feed(row, 2 * batch), ([seed, total, ...values], inputs) => {
      const watched = [...((row.dtype ?? 'float32') === 'float32' ? inputs : []), ...values];
      const after = watched.length - values.length;
      const value = (tensors: readonly Tensor[]) => weighted(runWith(
        layer, after ? tensors.slice(0, after) : inputs, { ...fixed, ...Object.fromEntries(trained.map(([name], i) => [name, tensors[after + i]!])) }, seed!));
      if (watched.length === 0 || row.smooth === false) return [tf.add(seed!, tf.tensor1d([0, 1], 'int32')), tf.add(total!, value(watched)), ...values];
      const { value: sum, grads } = tf.valueAndGrads((...tensors: Tensor[]) => value(tensors).asScalar())(watched);
      const slopes = grads.slice(0, after).map((grad) => tf.sum(tf.square(grad)));
      return [
        tf.add(seed!, tf.tensor1d([0, 1], 'int32')), [sum, ...slopes].reduce((a, b) => tf.add(a, b), total!),
        ...values.map((tensor, i) => tf.sub(tensor, tf.mul(grads[after + i]!, 0.1))),
      ];
    });
    if (row.host) expect(declined).toContain('reads a tensor back');
    else expect(declined).toBeUndefined();
  }));
}
