/** Keras's own numbers: ten batches with every optimizer, and the rates of every schedule. `test/golden/optimizers.py` wrote them. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { maxNorm, minMaxNorm, nonNeg, unitNorm } from '../../src/core/constraints.ts';
import type { JsonObject } from '../../src/core/keras.ts';
import { formulaOf } from '../../src/core/part.ts';
import { tf } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { arraysOf, descents, numbers, type Hill, type Values } from './descend.ts';
import { optimizerFromKeras, scheduleFromKeras } from './fromKeras.ts';

type Weights = Readonly<Record<string, Values>>;
interface Case { readonly name: string; readonly class: string; readonly config: JsonObject; readonly after: Readonly<Record<string, number[][]>>; readonly variables: number[][] }
interface Curve { readonly class: string; readonly config: JsonObject; readonly rates: number[] }
interface Golden { readonly start: Weights; readonly goal: Weights; readonly curvature: Weights; readonly optimizers: Case[]; readonly schedules: Curve[] }

const golden = JSON.parse(readFileSync(new URL('../golden/optimizers.json', import.meta.url), 'utf8')) as Golden;
const constraints = { kernel: maxNorm({ maxValue: 0.8 }), wide: minMaxNorm({ minValue: 0.5, maxValue: 1, rate: 0.6, axis: 1 }), filters: unitNorm({ axis: [0, 1] }), bias: nonNeg() };

const hills = (constrained: boolean): Hill[] => Object.entries(golden.start).map(([path, start]) => ({
  path, start, goal: golden.goal[path]!, curvature: golden.curvature[path]!,
  ...(constrained && { constraint: constraints[path as keyof typeof constraints] }),
}));

const tolerance = { rtol: 2e-5, atol: 2e-6 };

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.each(golden.optimizers)('$name', ({ name, class: className, config, after, variables }) => {
    tf.tidy(() => {
      const optimizer = optimizerFromKeras(className, config);
      const ground = hills(name.startsWith('constraints'));
      const path = descents(optimizer, ground, 10);
      for (const [batches, weights] of Object.entries(after)) {
        numbers(path[Number(batches)]!.weights).forEach((weight, i) => expectClose(weight, weights[i]!, tolerance));
      }
      const kept = numbers(arraysOf(optimizer, ground, path[10]!));
      expect(kept.length).toBe(variables.length);
      kept.forEach((values, i) => expectClose(values, variables[i]!, tolerance));
    });
  });

  test.each(golden.schedules)('$class $config', ({ class: className, config, rates }) => {
    tf.tidy(() => {
      const rate = formulaOf(scheduleFromKeras(className, config));
      expectClose(rates.map((_, step) => rate(tf.scalar(step)).dataSync()[0]!), rates, tolerance);
    });
  });
});
