/** Keras's short names in `compile`, and in files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { input, loadModel, sequential } from 'ibexjs';
import { dense } from 'ibexjs/layers';

const make = () => sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: 'ones' })]);
const x = [[1], [2], [4]];
const y = [2, 2, 2];

// Predictions are 1, 2 and 4: off by −1, 0 and 2.
it.each([['mse', 5 / 3], ['mae', 1], ['mape', 50]] as const)('%s', async (loss, value) => {
  const logs = await make().compile({ optimizer: 'sgd', loss, metrics: [loss] }).evaluate(x, y);
  expect(Object.keys(logs)).toEqual(['loss', loss]);
  expect(logs.loss).toBeCloseTo(value, 5);
  expect(logs[loss]).toBeCloseTo(value, 5);
});

it('of losses and metrics go through a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ibex-short-'));
  try {
    const net = make().compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae', 'acc'] });
    await net.save(join(folder, 'net.keras'));
    const again = await loadModel(join(folder, 'net.keras'));
    expect(await again.evaluate(x, y)).toEqual(await net.evaluate(x, y));
    expect(Object.keys(await again.evaluate(x, y))).toEqual(['loss', 'mae', 'acc']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
