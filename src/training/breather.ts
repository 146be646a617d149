/** Lets the event loop live while steps run: at least every 50 ms, servers answer and timers fire. */
export function breather(every = 50): () => Promise<void> | undefined {
  let last = performance.now();
  const { setImmediate } = globalThis as { setImmediate?: (then: () => void) => unknown };
  return () => {
    if (performance.now() - last < every) return undefined;
    // A promise alone would not let timers or sockets in.
    return new Promise<void>((resolve) => (setImmediate ? setImmediate(resolve) : setTimeout(resolve, 0))).then(() => void (last = performance.now()));
  };
}

/** Milliseconds that a stretch of replayed steps may keep the event loop waiting. */
const patience = 40;

/** How many steps to take in one stretch, after one of so many took so long. */
export const nextStretch = (steps: number, milliseconds: number): number =>
  Math.max(1, Math.min(4 * steps, Math.round((steps * patience) / Math.max(0.01, milliseconds))));
