/** One set-up at a time: two in one folder would unpack over each other. */
import { existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Say } from './say.ts';

const beat = 1000;
const patience = 5 * beat;

/** Whether a process that still runs holds the lock. Its number would say less: it may be of another container, or stand for another process by now. */
const isHeld = (file: string): boolean => existsSync(file) && Date.now() - statSync(file).mtimeMs < patience;

/** Does the work while a file, touched every second, says that it is being done; waits until another process that does it has ended. */
export async function withLock<T>(file: string, say: Say, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  if (isHeld(file)) say.line('Waiting for another set-up …');
  while (isHeld(file)) await sleep(beat / 4);
  const touch = () => writeFileSync(file, '');
  touch();
  const beating = setInterval(() => (existsSync(file) ? utimesSync(file, new Date(), new Date()) : touch()), beat);
  try {
    return await work();
  } finally {
    clearInterval(beating);
    rmSync(file, { force: true });
  }
}
