/** Work in phases that is gone through turn by turn; who cannot wait has the rest done at once. */
import type { Phases } from '../core/phases.ts';

export class UnderWay<T> {
  readonly #work: Phases<T>;
  #outcome: { readonly value: T } | { readonly error: unknown } | undefined;
  #busy = false;
  /** What goes on beside it. */
  #beside: Promise<void> | undefined;

  constructor(work: Phases<T>) {
    this.#work = work;
  }

  /** One phase; whether it was the last. */
  #advance(): boolean {
    if (this.#outcome) return true;
    this.#busy = true;
    try {
      const next = this.#work.next();
      if (next.done) this.#outcome = { value: next.value };
      else this.#beside = next.value;
    } catch (error) {
      this.#outcome = { error };
    } finally {
      this.#busy = false;
    }
    return this.#outcome !== undefined;
  }

  /** What is left, phase by phase. @throws what the work throws, whoever had it done */
  *turns(): Phases<T> {
    while (!this.#advance()) yield this.#beside;
    const outcome = this.#outcome!;
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /** Does what is left; `false` if the work itself asks for that. */
  finish(): boolean {
    if (this.#busy) return false;
    while (!this.#advance());
    return true;
  }
}
