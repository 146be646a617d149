/** What exports of layers and of Keras's models come to. */
import { expect } from 'vitest';
import type { Tensor } from 'ibexjs';

/** Layers whose work no graph of operations on numbers can do, and what is said of them. */
export const refusedRows: Readonly<Record<string, RegExp>> = {
  hashedCrossing: /takes strings/,
  hashing: /the layer "hashing" reads its input on the host/,
  integerLookup: /the layer "integerLookup" reads its input on the host/,
  stringLookup: /takes strings/,
  textVectorization: /takes strings/,
};

/** Models of Keras that no file of operations of fixed sizes can stand for. */
export const refusedCases: Readonly<Record<string, string>> = { dynamic_shapes: 'has an axis of any size', rnn_stateful: 'remembers' };

export function expectSame(got: readonly Tensor[], want: readonly Tensor[]): void {
  expect(got.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(want.map(({ shape, dtype }) => ({ shape, dtype })));
  got.forEach((tensor, i) => {
    const [numbers, wanted] = [tensor.dataSync(), want[i]!.dataSync()];
    const wrong = numbers.findIndex((n, at) => !(Math.abs(n - wanted[at]!) <= 2e-5 + 1e-4 * Math.abs(wanted[at]!)));
    expect(wrong, `output ${i} at ${wrong}: ${numbers[wrong]}, want ${wanted[wrong]}`).toBe(-1);
  });
}
