/** Boundaries that Keras 3.15.1 learns: `l = Discretization(num_bins=bins, epsilon=epsilon); l.adapt(batches)` with the waves below. */
import { beforeAll, describe, expect, test } from 'vitest';
import { input, layers, loadModel, model, sequential, setBackend, type NdArray } from 'ibexjs';
import { engines } from '../engines.ts';
import { inFolder } from '../helpers/folder.ts';

const waves = (n: number, phase: number): NdArray => ({ data: Float32Array.from({ length: n }, (_, i) => Math.sin(0.7 * i + phase) * 1.5), shape: [n, 1] });
const cases = [
  [12, 4, 0.01, 1, [-0.946899950504303, 0.025220850482583046, 0.9854798913002014]],
  [500, 5, 0.01, 1, [-1.231207251548767, -0.5112601518630981, 0.42163702845573425, 1.1921207904815674]],
  [500, 5, 0.1, 3, [-1.204089641571045, -0.43568095564842224, 0.5000133514404297, 1.2379906177520752]],
  [1000, 7, 0.01, 4, [-1.340613842010498, -0.91755610704422, -0.31972062587738037, 0.36191174387931824, 0.9538768529891968, 1.357856035232544]],
  [10, 3, 0.2, 5, [-0.6419234275817871, 0.8784655928611755]],
  // Fewer numbers than bins.
  [2, 4, 0.01, 1, [0]],
  [333, 10, 0.03, 2, [-1.414591670036316, -1.1963855028152466, -0.8617171049118042, -0.4306428134441376, 0.005588749889284372, 0.49068695306777954, 0.8896821737289429, 1.228118896484375, 1.4283641576766968]],
] as const;

test.each(cases)('%i numbers a batch, %i bins, epsilon %d, %i batches', (n, numBins, epsilon, batches, want) => {
  const bins = layers.discretization({ numBins, epsilon });
  bins.adapt(Array.from({ length: batches }, (_, b) => waves(n, b)));
  const found = bins.options.binBoundaries as number[];
  expect(found).toHaveLength(want.length);
  found.forEach((bound, i) => expect(bound).toBeCloseTo(want[i]!, 6));
});

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test('learns before and after it is part of a model, and anew after a prediction was recorded', () => {
    const bins = layers.discretization({ numBins: 4 });
    bins.adapt([1, 2, 3, 4]);
    const net = sequential([input({ shape: [1] }), bins]);
    const predicted = () => [...net.predict([[0], [1.5], [2.5], [9]], { batchSize: 1 }).dataSync()];
    expect(bins.options.binBoundaries).toEqual([1, 2, 3]);
    for (let i = 0; i < 3; i++) expect(predicted()).toEqual([0, 1, 2, 3]);
    bins.adapt([2, 4, 6, 8]);
    for (let i = 0; i < 3; i++) expect(predicted()).toEqual([0, 0, 1, 3]);
    net.dispose();
  });

  test('is saved with what it has learnt, and can learn anew', () => inFolder(async (at) => {
    const bins = layers.discretization({ numBins: 4, outputMode: 'oneHot' });
    // Equal numbers make equal bounds: Keras's are these.
    bins.adapt([[1, 1, 1, 1, 2, 2, 3, 1, 1, 1]]);
    expect(bins.options.binBoundaries).toEqual([1, 1, 1.5]);
    const net = sequential([input({ shape: [1] }), bins, layers.dense({ units: 2 })], { seed: 1 });
    await net.save(at('bins.keras'));
    const again = await loadModel(at('bins.keras'));
    const x = [[0], [1.2], [1.5], [7]];
    expect([...again.predict(x).dataSync()]).toEqual([...net.predict(x).dataSync()]);
    (again.layers[0] as typeof bins).adapt([1, 2, 3, 4]);
    expect(again.layers[0]!.options).toMatchObject({ numBins: 4, binBoundaries: [1, 2, 3] });
    net.dispose();
    again.dispose();
  }));
});

test('says what is wrong', () => {
  const x = input({ shape: [1] });
  expect(() => layers.discretization()(x)).toThrow('needs `binBoundaries`, or `numBins` and adapt(data)');
  expect(() => layers.discretization({ binBoundaries: [1, 2] }).adapt([1])).toThrow('has its boundaries by its options; give `numBins` in their place');
  expect(() => layers.discretization({ numBins: 3 }).adapt([1])).toThrow('there are too few numbers to put them into 3 bins');
  expect(() => layers.discretization({ binBoundaries: [2, 1] })).toThrow('binBoundaries must ascend, got [2,1]');
  const unlearnt = model({ inputs: x, outputs: layers.discretization({ numBins: 3 })(x) });
  expect(() => unlearnt.predict([[1]])).toThrow('has no boundaries yet; call adapt(data), or give them as `binBoundaries`');
  unlearnt.dispose();
});
