import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../../../src/runtime/native/setup/lock.ts';
import { sayTo } from '../../../../src/runtime/native/setup/say.ts';

let folder: string;
let file: string;
let said: string;
const say = sayTo((text) => (said += text));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ibex-lock-'));
  file = join(folder, 'setup.lock');
  said = '';
});
afterEach(() => rmSync(folder, { recursive: true }));

test('two set-ups take turns', async () => {
  const order: string[] = [];
  const work = (name: string) => withLock(file, say, async () => {
    order.push(`${name} begins`);
    await sleep(50);
    order.push(`${name} ends`);
  });
  await Promise.all([work('first'), work('second')]);
  expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  expect(said).toBe('Waiting for another set-up …\n');
});

test('the lock of a set-up that was broken off holds nobody up', async () => {
  writeFileSync(file, '');
  const anHourAgo = new Date(Date.now() - 3_600_000);
  utimesSync(file, anHourAgo, anHourAgo);
  expect(await withLock(file, say, async () => 'done')).toBe('done');
  expect(said).toBe('');
});

test('the lock is given back after an error', async () => {
  await expect(withLock(file, say, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(file)).toBe(false);
});
