/** Long work in phases: between two of them, whoever has it done may let others have a turn. */
export type Phases<T> = Generator<undefined, T, undefined>;

/** Does all of it at once. */
export function atOnce<T>(work: Phases<T>): T {
  for (;;) {
    const next = work.next();
    if (next.done) return next.value;
  }
}
