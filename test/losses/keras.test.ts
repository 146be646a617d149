import { beforeAll, describe, expect, it } from 'vitest';
import { setBackend } from '../../src/runtime/choose.ts';
import { reduceLoss, type LossFactory } from '../../src/core/loss.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { losses } from '../../src/losses/index.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { kerasCases, numbersOf, optionsOf, tensorOf, type Encoded } from '../helpers/keras.ts';

interface Tolerance { rtol: number; atol: number }
interface Case {
  id: string; class: string; config: Record<string, unknown>; reduction: string;
  yTrue: Encoded; yPred: Encoded; sampleWeight?: Encoded | null; mask?: Encoded | null; value: Encoded; gradPred?: Encoded | null;
}
const reference = kerasCases<{ tolerance: Tolerance; gradTolerance: Tolerance; cases: Case[] }>('losses.json');

const factories = Object.values(losses) as unknown as LossFactory[];
const lossOf = ({ class: name, config }: Case) => {
  const factory = factories.find(({ keras }) => keras?.name === name);
  if (!factory) throw new Error(`no loss stands for Keras's ${name}`);
  return factory(optionsOf(config, factory.keras?.rename) as never);
};

describe.runIf(reference).each(engines)("losses give Keras's numbers on %s", (engine) => {
  beforeAll(() => setBackend(engine));

  it.each(reference?.cases ?? [])('$id', (example) => {
    const loss = lossOf(example);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const yTrue = tensorOf(example.yTrue);
      const weights = example.sampleWeight ? tensorOf(example.sampleWeight) : undefined;
      const mask = example.mask ? tensorOf(example.mask) : undefined;
      // `none` is the sum to a trainer; here the values themselves are compared.
      const value = (yPred: Tensor) => (loss.reduction === 'none' ? loss(yTrue, yPred) : reduceLoss(loss(yTrue, yPred), loss.reduction, weights, mask));
      const yPred = tensorOf(example.yPred);
      const got = value(yPred);
      expect(got.shape).toEqual(example.value.shape);
      expectClose(got.dataSync(), numbersOf(example.value), reference!.tolerance);
      if (!example.gradPred) return;
      const gradient = tf.grad((y) => tf.sum(value(y)))(yPred);
      expectClose(gradient.dataSync(), numbersOf(example.gradPred), reference!.gradTolerance);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
