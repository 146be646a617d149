/** Lets the event loop live while steps run: servers answer and timers fire. */
import type { Phases } from '../core/phases.ts';

export interface Breather {
  /** A turn for the event loop, if the last was so long ago. */
  (): Promise<void> | undefined;
  /** A turn in any case. */
  now(): Promise<void>;
}

/** @param every - milliseconds from which on the event loop has waited long enough */
export function breather(every = 25): Breather {
  let last = performance.now();
  const { setImmediate } = globalThis as { setImmediate?: (then: () => void) => unknown };
  // A promise alone would not let timers or sockets in.
  const now = () => new Promise<void>((resolve) => (setImmediate ? setImmediate(resolve) : setTimeout(resolve, 0))).then(() => void (last = performance.now()));
  return Object.assign(() => (performance.now() - last < every ? undefined : now()), { now });
}

async function rest<T>(work: Phases<T>, first: Promise<void> | undefined, turn: () => Promise<void>): Promise<T> {
  for (let beside = first; ;) {
    await (beside ?? turn());
    const next = work.next();
    if (next.done) return next.value;
    beside = next.value;
  }
}

/** Does work with a turn for others between its phases; at once what has but one. */
export function inTurns<T>(work: Phases<T>, turn: () => Promise<void>): T | Promise<T> {
  const first = work.next();
  return first.done ? first.value : rest(work, first.value, turn);
}

/** Milliseconds that a stretch of replayed steps may keep the event loop waiting. */
const patience = 40;

/** How many steps to take in one stretch, after one of so many took so long. */
export const nextStretch = (steps: number, milliseconds: number): number =>
  Math.max(1, Math.min(4 * steps, Math.round((steps * patience) / Math.max(0.01, milliseconds))));
