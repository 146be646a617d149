import { beforeAll, describe, expect, test } from 'vitest';
import { activation as activationLayer, conv2d, dense, leakyReLU, prelu, softmax } from '../../layers/index.ts';
import { activate, activation, activations, logitsOf, type ActivationFunction, type ActivationName } from '../../src/core/activations.ts';
import { sized } from '../../src/core/shape.ts';
import { tf } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { drive } from '../layers/drive.ts';

const names = Object.keys(activations) as ActivationName[];
/** No number lies at a kink of any of them. */
const numbers = [-3.3, -2.2, -1.4, -0.8, -0.3, -0.1, 0.15, 0.35, 0.7, 1.3, 2.1, 3.4];

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.for(names)('%s has the gradient that finite differences give', (name) => tf.tidy(() => {
    const formula = activations[name] as ActivationFunction;
    const factors = tf.tensor(numbers.map((_, i) => 0.3 + ((i * 5) % 7) / 4), [2, 6]);
    const weighted = (x: typeof factors) => {
      const y = formula(x);
      return tf.sum(tf.mul(y, tf.slice(factors, [0, 0], y.shape)));
    };
    const at = (values: readonly number[]) => weighted(tf.tensor([...values], [2, 6])).dataSync()[0]!;
    const got = tf.grad((x) => weighted(x).asScalar())(tf.tensor(numbers, [2, 6])).dataSync();
    const step = 0.02;
    const wanted = numbers.map((_, i) => {
      const moved = (by: number) => at(numbers.map((n, j) => (i === j ? n + by : n)));
      return (8 * (moved(step / 2) - moved(-step / 2)) - (moved(step) - moved(-step))) / (6 * step);
    });
    expectClose(got, wanted, { rtol: 3e-3, atol: 3e-3 });
  }));

  test('step, arctangent and sine', () => tf.tidy(() => {
    const of = (name: ActivationName) => activate(name, tf.tensor([-2, -0, 0, 0.5])).dataSync();
    expectClose(of('binaryStep'), [0, 1, 1, 1], { rtol: 0, atol: 0 });
    expectClose(of('arctan'), [-1.1071487, 0, 0, 0.4636476], { rtol: 1e-6, atol: 1e-7 });
    expectClose(of('sine'), [-0.9092974, 0, 0, 0.4794255], { rtol: 1e-6, atol: 1e-7 });
  }));

  test('a layer without weights is an activation', () => tf.tidy(() => {
    const layer = dense({ units: 2, activation: leakyReLU({ negativeSlope: 0.5 }), kernelInitializer: 'identity' });
    expectClose(drive(layer, tf.tensor([[-4, 3]])).outputs[0]!.dataSync(), [-2, 3], { rtol: 0, atol: 0 });
  }));

  test('what a softmax was taken of is known, if a layer took it, too', () => tf.tidy(() => {
    const x = tf.tensor([[1, 2]]);
    for (const how of ['softmax', softmax()] as const) expect(logitsOf(activate(how, x), 'softmax')).toBe(x);
    expect(logitsOf(activate('softmax', x), 'sigmoid')).toBeUndefined();
  }));
});

describe('what cannot be an activation', () => {
  test('a misspelt name', () => {
    expect(() => activationLayer({ activation: 'rellu' as 'relu' })).toThrow('activation: activation cannot be "rellu" — did you mean "relu"?');
  });

  test.for([['prelu', prelu()], ['conv2d', conv2d({ filters: 1, kernelSize: 1 })]] as const)('%s, which holds weights', ([, layer]) => {
    expect(() => dense({ units: 1, activation: layer })).toThrow('dense: activation must be a name, a function of a tensor, or a layer without weights that keeps shapes');
    expect(activation.safeParse(layer).success).toBe(false);
  });
});

describe('glu', () => {
  const planned = (layer: ReturnType<typeof dense>) => layer.plan([{ shape: sized(3), dtype: 'float32', batchSize: null }]).outputs[0]!.shape;
  test('halves the last axis', () => expect(planned(dense({ units: 6, activation: 'glu' }))).toEqual([3]));
  test('refuses an odd one', () => {
    expect(() => planned(dense({ units: 5, activation: 'glu' })))
      .toThrow('dense: activation "glu" halves the last axis, which must be even, but it is 5 in [5]; take an even number of units or filters');
  });
});
