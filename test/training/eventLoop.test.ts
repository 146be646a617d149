import { beforeAll, describe, expect, it } from 'vitest';
import { input, sequential, setBackend, tf } from 'ibexjs';
import { dense } from 'ibexjs/layers';
import { engines } from '../engines.ts';

/** Milliseconds. */
const patience = 20_000;

describe.each(engines)('the event loop on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  const build = () => sequential([input({ shape: [16] }), dense({ units: 32, activation: 'relu' }), dense({ units: 1 })], { seed: 1 }).compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const [x, y] = [tf.randomNormal([1024, 16]), tf.randomNormal([1024, 1])];

  it('lives on while a model trains', async () => {
    const net = build();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    // Training ends when enough timers have fired; where none does, not even the test's own time limit would end it.
    const late = performance.now() + patience;
    await net.fit(x, y, { epochs: 1_000_000, batchSize: 8, verbose: 0, callbacks: { onEpochEnd: (_, __, training) => void ((ticks >= 5 || performance.now() > late) && training.stop()) } });
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(5);
  });

  it('lives on within an epoch, and while a model is evaluated', async () => {
    const net = build();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    function* batches() {
      const late = performance.now() + patience;
      do yield [x, y] as const; while (ticks < 5 && performance.now() < late);
    }
    await net.fit(batches(), undefined, { verbose: 0 });
    expect(ticks).toBeGreaterThanOrEqual(5);
    ticks = 0;
    await net.evaluate(batches());
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(5);
  });
});
