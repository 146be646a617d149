import { afterAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { registerGradients } from '../../src/runtime/gradients/register.ts';
import { type Case, compare } from './gradients/case.ts';
import { arrayCases } from './gradients/arrays.ts';
import { convolutionCases } from './gradients/convolutions.ts';
import { elementwiseCases } from './gradients/elementwise.ts';
import { modelCases } from './gradients/models.ts';
import { productCases } from './gradients/products.ts';
import { reductionCases } from './gradients/reductions.ts';
import { sequenceCases } from './gradients/sequences.ts';

/** IBEX_TEST_ENGINES=wasm,native runs the same list elsewhere. */
const engines = (process.env.IBEX_TEST_ENGINES ?? 'wasm,cpu').split(',') as ('native' | 'wasm' | 'cpu')[];
const cases = [...productCases, ...convolutionCases, ...elementwiseCases, ...reductionCases, ...arrayCases, ...modelCases, ...sequenceCases];

/** What tfjs's plain JavaScript engine gets wrong, so that it cannot be the measure. */
const wrongValues = new Set([
  'matMul, both repeated', // Takes the batch of either factor for that of the result.
  'einsum, a sum over one axis of each', // Sums one axis only.
  'stridedSlice backwards, with an axis less', // Loses count of the axes.
]);
const wrongOnCpu = new Set([
  ...wrongValues,
  'tensorScatterUpdate', // Writes into its input.
  ...cases.map(({ name }) => name).filter((name) => /^avgPool.*same/.test(name)), // Counts the cells outside too on the way back.
]);

registerGradients();

const values = ({ inputs, f }: Case) => tf.tidy(() => f(...inputs.map(({ shape, values }) => tf.tensor(values.slice(), [...shape]))).cast('float32').dataSync<'float32'>());

describe.each(engines)('on the engine %s', (engine) => {
  it.each(cases.filter(({ name }) => engine !== 'cpu' || !wrongOnCpu.has(name)))('$name: the gradient is the slope, and the values are those of plain JavaScript', async (one) => {
    await setBackend('cpu');
    const expected = values(one);
    await setBackend(engine);
    const before = tf.memory().numTensors;
    const { output, slopes } = compare(one);
    if (!wrongValues.has(one.name)) {
      const size = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
      expect(output.length).toBe(expected.length);
      output.forEach((value, i) => expect(Math.abs(value - expected[i]!), `output ${i}: ${value}, not ${expected[i]}`).toBeLessThanOrEqual(2e-5 * size));
    }
    const steepest = Math.max(0.1, ...slopes.map(({ numeric }) => Math.abs(numeric)));
    for (const { input, element, analytic, numeric } of slopes) {
      expect(Math.abs(analytic - numeric), `by element ${element} of input ${input}: ${analytic}, but the slope is ${numeric}`).toBeLessThanOrEqual(2e-3 * steepest);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

afterAll(() => setBackend('wasm'));
