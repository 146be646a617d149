/**
 * Long work in phases: between two of them, whoever has it done may let others have a turn. Where it yields a promise, something goes on beside it until that
 * resolves; who goes on before has to wait for it.
 */
export type Phases<T> = Generator<Promise<void> | undefined, T, undefined>;

/** Does all of it at once. */
export function atOnce<T>(work: Phases<T>): T {
  for (;;) {
    const next = work.next();
    if (next.done) return next.value;
  }
}
