import { beforeAll, describe, expect, it } from 'vitest';
import { setBackend } from '../../src/runtime/choose.ts';
import type { MetricFactory, MetricState } from '../../src/core/metric.ts';
import { tf } from '../../src/core/tensor.ts';
import { metrics } from '../../src/metrics/index.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { kerasCases, numbersOf, optionsOf, tensorOf, type Encoded } from '../helpers/keras.ts';

interface Update { yTrue?: Encoded; yPred?: Encoded; values?: Encoded; sampleWeight?: Encoded | null }
interface Case {
  id: string; class: string; config: Record<string, unknown>;
  updates: Update[]; results: Encoded[]; value: Encoded; afterResetSecondOnly: Encoded;
}
const reference = kerasCases<{ tolerance: { rtol: number; atol: number }; cases: Case[] }>('metrics.json');

const factories = Object.values(metrics) as unknown as MetricFactory[];
const metricOf = ({ class: name, config }: Case) => {
  const factory = factories.find(({ keras }) => keras?.name === name);
  if (!factory) throw new Error(`no metric stands for Keras's ${name}`);
  return factory(optionsOf(config, factory.keras?.rename) as never);
};

describe.runIf(reference).each(engines)("metrics give Keras's numbers on %s", (engine) => {
  beforeAll(() => setBackend(engine));

  it.each(reference?.cases ?? [])('$id', (example) => {
    const metric = metricOf(example);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const update = (state: MetricState, { yTrue, yPred, values, sampleWeight }: Update, weighted = true) =>
        metric.update(state, tensorOf((yTrue ?? values)!), tensorOf((yPred ?? values)!), weighted && sampleWeight ? tensorOf(sampleWeight) : undefined);
      const expectResult = (state: MetricState, want: Encoded) => {
        const got = metric.result(state);
        expect(got.shape).toEqual(want.shape);
        expectClose(got.dataSync(), numbersOf(want), reference!.tolerance);
      };
      const zeros = metric.zeros((example.updates[0]!.yPred ?? example.updates[0]!.values)!.shape);
      const first = update(zeros, example.updates[0]!);
      const second = update(first, example.updates[1]!);
      expectResult(first, example.results[0]!);
      expectResult(second, example.results[1]!);
      expectResult(second, example.value);
      expectResult(update(zeros, example.updates[1]!, false), example.afterResetSecondOnly);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
