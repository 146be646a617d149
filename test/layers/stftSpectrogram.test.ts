/** Keras's numbers: `test/golden/spectrograms.py`. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { input, layers, loadModel, sequential, setBackend, tf } from 'ibexjs';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { inFolder } from '../helpers/folder.ts';
import { askKeras, kerasPython, withoutKeras } from '../helpers/kerasPython.ts';
import { optionsOf } from '../helpers/keras.ts';

const cases = JSON.parse(readFileSync(new URL('../golden/spectrograms.json', import.meta.url), 'utf8')) as [Record<string, unknown>, number[], number[]][];
const wave = tf.tidy(() => Array.from({ length: 36 }, (_, i) => Math.fround(Math.sin(0.7 * i) * 1.5)));

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.for(cases.map((each) => [JSON.stringify(each[0]), each] as const))('%s', ([, [options, shape, want]]) => tf.tidy(() => {
    const first = 'data_format' in options;
    const net = sequential([input({ shape: first ? [2, 9] : [9, 2] }), layers.stftSpectrogram(optionsOf(options) as never)]);
    const x = tf.tensor(wave, [2, 9, 2]);
    const y = net.predict(first ? tf.transpose(x, [0, 2, 1]) : x);
    expect(y.shape).toEqual(shape);
    const got = [...y.dataSync()];
    // An angle is what it is up to a whole turn, and none where there is nothing: its numbers are compared where they say something.
    const about = options.mode === 'angle' ? got.map((n, i) => (Math.abs(Math.abs(n - want[i]!) - 2 * Math.PI) < 1e-3 ? want[i]! : n)) : got;
    expectClose(about, want, { rtol: 1e-4, atol: options.mode === 'log' ? 2e-4 : 1e-5 });
    net.dispose();
  }));
});

test('a tone is found at its frequency', () => {
  const net = sequential([input({ shape: [512, 1] }), layers.stftSpectrogram({ mode: 'magnitude', frameLength: 64 })]);
  const tone = Array.from({ length: 512 }, (_, i) => [Math.sin((2 * Math.PI * 5 * i) / 64)]);
  const loudest = tf.argMax(net.predict([tone]), -1).dataSync();
  expect(new Set(loudest)).toEqual(new Set([5]));
  expect(loudest).toHaveLength((512 - 64) / 32 + 1);
});

const x = [Array.from({ length: 9 }, (_, i) => [Math.sin(i), Math.cos(2 * i)])];
const saved = async (path: string) => {
  const net = sequential([input({ shape: [9, 2] }), layers.stftSpectrogram({ frameLength: 4, mode: 'stft', window: 'hamming' }), layers.dense({ units: 1 })], { seed: 1 });
  await net.save(path);
  return [...net.predict(x).dataSync()];
};

test('is saved', () => inFolder(async (at) => {
  const want = await saved(at('stft.keras'));
  expect([...(await loadModel(at('stft.keras'))).predict(x).dataSync()]).toEqual(want);
}));

test.skipIf(!kerasPython)(`is read by Keras${withoutKeras}`, () => inFolder(async (at) => {
  const want = await saved(at('stft.keras'));
  const program = 'import keras, numpy as np\nprint(json.dumps(keras.models.load_model(given["path"]).predict(np.array(given["x"], "float32"), verbose=0).ravel().tolist()))';
  expectClose(want, askKeras(program, { path: at('stft.keras'), x }) as number[], { rtol: 1e-5, atol: 1e-5 });
}), 300_000);

test('says what is wrong', () => {
  const on = (options: object) => () => layers.stftSpectrogram(options).plan([{ shape: [9, 2] as never, dtype: 'float32', batchSize: null }]);
  expect(on({ frameLength: 16 })).toThrow('stftSpectrogram: its frame reaches over [16], but the input has only [9]; take a smaller frameLength');
  expect(on({ frameLength: 4, fftLength: 2 })).toThrow('fftLength must be at least frameLength, 4, got 2');
  expect(on({ frameLength: 4, frameStep: 5 })).toThrow('frameStep must be from 1 to frameLength, 4, got 5');
  expect(on({ frameLength: 4, window: [1, 2] })).toThrow('window must have frameLength numbers, 4, got 2');
});
