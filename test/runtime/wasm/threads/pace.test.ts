import { expect, it } from 'vitest';
import { newPace, newSite } from '../../../../src/runtime/wasm/threads/pace.ts';

/** A call that takes `alone` milliseconds, and `shared(now)` as a job, made over and over until `end`; how long it took each way. */
function make(alone: number, shared: (now: number) => number, end: number, pace = newPace(), site = newSite()) {
  let now = 0;
  const spent = { alone: 0, together: 0 };
  while (now < end) {
    if (pace.shares(site, now)) {
      const took = shared(now);
      now += took;
      spent.together += took;
      pace.together(site, took, now);
    } else {
      now += alone;
      spent.alone += alone;
      pace.alone(site, alone);
    }
  }
  return spent;
}

it('shares calls that gain by it', () => {
  const { alone, together } = make(1, () => 0.6, 10_000);
  expect(together).toBeGreaterThan(9500);
  // Now and then it looks what they take alone.
  expect(alone).toBeGreaterThan(100);
});

it('hardly ever shares calls that lose by it', () => {
  expect(make(0.1, () => 0.11, 10_000).together).toBeLessThan(200);
  expect(make(10, () => 25, 60_000).together).toBeLessThan(600);
});

it('stops soon when a machine becomes busy, and begins again when it is idle', () => {
  const busy = (now: number) => (now > 10_000 && now < 40_000 ? 2 : 0.6);
  const pace = newPace();
  const site = newSite();
  let [lost, now, late] = [0, 0, 0];
  while (now < 80_000) {
    const shares = pace.shares(site, now);
    const took = shares ? busy(now) : 1;
    now += took;
    if (shares) {
      if (took > 1) lost += took - 1;
      else if (now > 60_000) late += took;
      pace.together(site, took, now);
    } else pace.alone(site, took);
  }
  expect(lost).toBeLessThan(150);
  expect(late).toBeGreaterThan(15_000);
});

it('leaves alone the one call that loses among others that gain', () => {
  const pace = newPace();
  const [good, bad] = [newSite(), newSite()];
  const turns = { good: 0, bad: 0 };
  let now = 0;
  for (let i = 0; i < 20_000; i++) {
    for (const [name, site, took] of [['good', good, 0.6], ['bad', bad, 1.2]] as const) {
      const shares = pace.shares(site, now);
      now += shares ? took : 1;
      if (shares) {
        turns[name]++;
        pace.together(site, took, now);
      } else pace.alone(site, 1);
    }
  }
  expect(turns.good).toBeGreaterThan(18_000);
  expect(turns.bad).toBeLessThan(400);
});

it('is not misled by a turn of another program', () => {
  const pace = newPace();
  const site = newSite();
  for (let i = 0; i < 100; i++) pace.alone(site, i % 10 === 9 ? 8 : 1);
  expect(site.alone).toBeLessThan(1.2);
});

it('finds threads worth starting after a while', () => {
  const pace = newPace();
  const site = newSite();
  for (let i = 0; i < 199; i++) pace.alone(site, 1);
  expect(pace.isWorthwhile()).toBe(false);
  pace.alone(site, 1);
  expect(pace.isWorthwhile()).toBe(true);
});
