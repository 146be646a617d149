import { beforeAll, describe, expect, test } from 'vitest';
import { gru } from '../../layers/gru.ts';
import { lstm } from '../../layers/lstm.ts';
import { simpleRNN } from '../../layers/simpleRNN.ts';
import { tf } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';
import { expectGradients } from './gradients.ts';

type Matrix = readonly (readonly number[])[];

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** Numbers that are spread over [-reach, reach], the same ones each time. */
const spread = (rows: number, columns: number, reach: number, salt: number): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => Math.fround(reach * Math.sin(salt + 12.9898 * i + 78.233 * j))));
const times = (x: readonly number[], kernel: Matrix) => kernel[0]!.map((_, j) => x.reduce((sum, each, k) => sum + each * kernel[k]![j]!, 0));

interface Given { readonly kernel: Matrix; readonly recurrentKernel: Matrix; readonly units: number }
type Step = (given: Given, x: readonly number[], state: readonly number[][]) => number[][];

/** The formulas in double precision, without bias. */
const cells: Readonly<Record<string, { readonly gates: number; readonly states: number; readonly step: Step; readonly layer: (units: number) => ReturnType<typeof lstm> }>> = {
  lstm: {
    gates: 4, states: 2, layer: (units) => lstm({ units, useBias: false, returnSequences: true }),
    step({ kernel, recurrentKernel, units }, x, [h, c]) {
      const [a, b] = [times(x, kernel), times(h!, recurrentKernel)];
      const at = (gate: number, j: number) => a[gate * units + j]! + b[gate * units + j]!;
      const cell = c!.map((before, j) => sigmoid(at(1, j)) * before + sigmoid(at(0, j)) * Math.tanh(at(2, j)));
      return [cell.map((each, j) => sigmoid(at(3, j)) * Math.tanh(each)), cell];
    },
  },
  gru: {
    gates: 3, states: 1, layer: (units) => gru({ units, useBias: false, returnSequences: true }),
    step({ kernel, recurrentKernel, units }, x, [h]) {
      const [a, b] = [times(x, kernel), times(h!, recurrentKernel)];
      const gate = (which: number, j: number) => sigmoid(a[which * units + j]! + b[which * units + j]!);
      return [h!.map((before, j) => gate(0, j) * before + (1 - gate(0, j)) * Math.tanh(a[2 * units + j]! + gate(1, j) * b[2 * units + j]!))];
    },
  },
  'gru that resets first': {
    gates: 3, states: 1, layer: (units) => gru({ units, useBias: false, returnSequences: true, resetAfter: false }),
    step({ kernel, recurrentKernel, units }, x, [h]) {
      const [a, b] = [times(x, kernel), times(h!, recurrentKernel)];
      const gate = (which: number, j: number) => sigmoid(a[which * units + j]! + b[which * units + j]!);
      const reset = times(h!.map((before, j) => gate(1, j) * before), recurrentKernel);
      return [h!.map((before, j) => gate(0, j) * before + (1 - gate(0, j)) * Math.tanh(a[2 * units + j]! + reset[2 * units + j]!))];
    },
  },
  simpleRNN: {
    gates: 1, states: 1, layer: (units) => simpleRNN({ units, useBias: false, returnSequences: true }),
    step: ({ kernel, recurrentKernel }, x, [h]) => [times(x, kernel).map((a, j) => Math.tanh(a + times(h!, recurrentKernel)[j]!))],
  },
};

describe.each(engines)('recurrent layers on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const steps = 3;

  describe.each(Object.entries(cells))('%s', (_, { gates, states, step, layer }) => {
    // All that rows of numbers and of examples can leave when they are gone through in fours and eights, and more examples than go through together.
    test.each([[1, 1], [3, 1], [4, 2], [7, 5], [8, 4], [13, 1], [13, 6], [21, 67]])('%i units give what the formula gives, of %i examples', (units, batch) => {
      const given = { units, kernel: spread(2, gates * units, 8, 1), recurrentKernel: spread(units, gates * units, 1, 2) };
      const x = Array.from({ length: batch }, (_, i) => spread(steps, 2, 2, i));
      const { outputs } = drive(layer(units), tf.tensor3d(x), { weights: { kernel: given.kernel, recurrentKernel: given.recurrentKernel } });
      const wanted = x.map((rows) => {
        let state = Array.from({ length: states }, () => Array<number>(units).fill(0));
        return rows.map((row) => (state = step(given, row, state))[0]!);
      });
      const got = outputs[0]!.arraySync() as number[][][];
      got.flat(2).forEach((n, i) => expect(n).toBeCloseTo(wanted.flat(2)[i]!, 5));
    });

    test.each([[9, 1], [5, 3]])('%i units have the gradients that finite differences have, of %i examples', (units, batch) => {
      expectGradients(layer(units), [tf.tensor3d(Array.from({ length: batch }, (_, i) => spread(steps, 2, 1, i)))]);
    });
  });
});
