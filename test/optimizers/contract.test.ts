/** What every optimizer and every schedule keeps to; one without a row in `rows.ts` fails. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Optimizer } from '../../src/core/optimizer.ts';
import { formulaOf } from '../../src/core/part.ts';
import { tf } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { arraysOf, beginning, bowl, descend, descents, numbers, resumed, type Hill, type Values } from './descend.ts';
import { factories, schedules } from './fromKeras.ts';
import * as rows from './rows.ts';

const golden = JSON.parse(readFileSync(new URL('../golden/optimizers.json', import.meta.url), 'utf8')) as
  Record<'start' | 'goal' | 'curvature', Record<string, Values>> & Record<'optimizers' | 'schedules', { class: string; config: Record<string, unknown> }[]>;

/** Weights of every rank. */
const hills: Hill[] = [
  ...Object.keys(golden.start).map((path) => ({ path, start: golden.start[path]!, goal: golden.goal[path]!, curvature: golden.curvature[path]! })),
  { path: 'layer/scalar', start: { shape: [], values: [0.5] }, goal: { shape: [], values: [-0.25] }, curvature: { shape: [], values: [1] } },
];

const loss = (weights: readonly number[][]) => hills.reduce((sum, { goal, curvature }, i) =>
  sum + weights[i]!.reduce((part, w, j) => part + (curvature.values[j]! * (w - goal.values[j]!) ** 2) / 2, 0), 0);

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const make = (kind: string, options: unknown) => (factories[kind] as unknown as (given: unknown) => Optimizer)(options);
const makeSchedule = (kind: string, options: unknown) => (schedules[kind] as unknown as (given: unknown) => ReturnType<(typeof schedules)[string]>)(options);

test('every optimizer and every schedule has a row', () => {
  expect(Object.keys(rows.optimizers).sort()).toEqual(Object.keys(factories).sort());
  expect(Object.keys(rows.schedules).sort()).toEqual(Object.keys(schedules).sort());
});

describe.each(Object.entries(rows.optimizers))('%s', (kind, { options }) => {
  test('is called what it is exported as, and defaults to what Keras defaults to', () => {
    expect(make(kind, {}).kind).toBe(kind);
    expect(make(kind, { learningRate: undefined, weightDecay: undefined }).options).toEqual(make(kind, {}).options);
  });

  test('an unknown option is refused with the nearest one', () => {
    expect(() => make(kind, { ...options, learningRat: 0.1 })).toThrow(`${kind}: unknown option "learningRat" — did you mean "learningRate"?`);
    expect(() => make(kind, { learningRate: -1 })).toThrow(/learningRate must be at least 0, got -1/);
    expect(() => make(kind, { learningRate: { kind: 'cosineDecay' } })).toThrow('must be a number, a schedule such as cosineDecay({ … }), or a function of the step');
    expect(() => make(kind, { clipnorm: 1, clipvalue: 1 })).toThrow(`${kind}: takes one of clipnorm, globalClipnorm and clipvalue, got more`);
  });

  test('its options have the names of Keras\'s config', () => {
    const { keras } = factories[kind]!;
    const keys = Object.keys(golden.optimizers.find(({ class: name, config }) => name === keras!.name && (keras!.matches?.(config as never) ?? true))!.config);
    const written = Object.entries(make(kind, {}).options).map(([name]) => keras!.rename?.[name] ?? snake(name));
    expect(written.filter((key) => !keys.includes(key))).toEqual([]);
    expect(keys.filter((key) => !written.includes(key) && !keras!.ignore!.includes(key))).toEqual([]);
  });

  test('is data: options that went through JSON make the same optimizer', () => {
    const { options: once } = make(kind, options);
    expect(make(kind, JSON.parse(JSON.stringify(once))).options).toEqual(once);
  });
});

describe.each(Object.entries(rows.schedules))('%s', (kind, { options }) => {
  test('is called what it is exported as, refuses unknown options, and is data', () => {
    const once = makeSchedule(kind, options);
    expect(once.kind).toBe(kind);
    expect(() => makeSchedule(kind, { ...options, decayStep: 3 })).toThrow(`${kind}: unknown option "decayStep"`);
    const { kind: saved, ...data } = JSON.parse(JSON.stringify(once)) as Record<string, unknown>;
    expect(makeSchedule(saved as string, data)).toEqual(once);
  });

  test('its options have the names of Keras\'s config', () => {
    const { keras } = schedules[kind]!;
    if (!keras) return expect(kind).toBe('warmup');
    const { name: _, ...config } = golden.schedules.find(({ class: className }) => className === keras.name)!.config;
    const { kind: _kind, ...data } = makeSchedule(kind, options);
    expect(Object.keys(data).map(snake).sort()).toEqual(Object.keys(config).sort());
  });
});

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  describe.each(Object.entries(rows.optimizers))('%s', (kind, { options, first, second }) => {
    test('two steps, by hand', () => {
      tf.tidy(() => {
        const [, one, two] = descents(make(kind, options), bowl(), 2).map(({ weights }) => numbers(weights)[0]!);
        expectClose(one!, [first], { rtol: 0, atol: 3e-6 });
        expectClose(two!, [second], { rtol: 0, atol: 3e-6 });
      });
    });

    test('goes down on a quadratic', () => {
      tf.tidy(() => {
        const path = descents(make(kind, options), hills, 40);
        expect(loss(numbers(path[40]!.weights))).toBeLessThan(0.3 * loss(numbers(path[0]!.weights)));
      });
    });

    test('resuming from a saved state equals not stopping', () => {
      tf.tidy(() => {
        for (const extra of [{}, { useEma: true, gradientAccumulationSteps: 2 }]) {
          const optimizer = make(kind, { ...options, ...extra });
          const path = descents(optimizer, hills, 6);
          const again = make(kind, JSON.parse(JSON.stringify(optimizer.options)));
          let descent = resumed(again, hills, path[3]!);
          for (let batch = 3; batch < 6; batch++) descent = descend(again, hills, descent);
          expect(numbers(descent.weights)).toEqual(numbers(path[6]!.weights));
          expect(numbers(arraysOf(again, hills, descent))).toEqual(numbers(arraysOf(optimizer, hills, path[6]!)));
        }
      });
    });

    test('can be recorded: it reads no tensor back, and leaves those that it was given', () => {
      tf.tidy(() => {
        const optimizer = make(kind, { ...options, useEma: true, emaOverwriteFrequency: 2, gradientAccumulationSteps: 2, globalClipnorm: 1 });
        const before = beginning(optimizer, hills);
        const reads = ['dataSync', 'data', 'arraySync', 'array'].map((method) => vi.spyOn(tf.Tensor.prototype, method as 'dataSync'));
        const after = descend(optimizer, hills, before);
        const called = reads.flatMap(({ mock }) => mock.calls);
        reads.forEach((spy) => spy.mockRestore());
        expect(called).toEqual([]);
        expect([...numbers(before.weights), ...numbers(arraysOf(optimizer, hills, after))].flat().every(Number.isFinite)).toBe(true);
      });
    });
  });

  test.each(Object.entries(rows.schedules))('%s gives these rates, by hand', (kind, { options, rates }) => {
    tf.tidy(() => {
      const rate = formulaOf(makeSchedule(kind, options));
      for (const [step, want] of Object.entries(rates)) {
        const got = rate(tf.scalar(Number(step)));
        expect([got.shape, got.dtype]).toEqual([[], 'float32']);
        expectClose(got.dataSync(), [want], { rtol: 1e-6, atol: 1e-7 });
      }
    });
  });
});
