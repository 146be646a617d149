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
