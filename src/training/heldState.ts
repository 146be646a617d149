/** State that recordings work on: tensors of their own, which nobody counts once they are hidden. */
import type { Phases } from '../core/phases.ts';
import type { Recorder } from '../core/recorder.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { disposeReplaced, listTree, mapTree } from './tree.ts';

export class HeldState<State> {
  readonly #recorder: Recorder;
  readonly #state: State;
  #hidden = false;
  #starts: readonly { readonly to: Tensor; readonly from: Tensor }[] = [];

  constructor(recorder: Recorder, state: State) {
    this.#recorder = recorder;
    this.#state = mapTree(state, (tensor) => tf.keep(recorder.duplicate(tensor)));
  }

  /** The tensors in order; hidden ones are not to be computed with. */
  get list(): readonly Tensor[] {
    return listTree(this.#state);
  }

  /** A state of this form, of such tensors. */
  with(tensors: readonly Tensor[]): State {
    let next = 0;
    return mapTree(this.#state, () => tensors[next++]!);
  }

  /** Lends the tensors, for as long as something works on them. */
  lend<T>(work: (state: readonly Tensor[]) => T): T {
    if (!this.#hidden) return work(this.list);
    const views = this.list.map((tensor) => this.#recorder.standby.view(tensor));
    try {
      return work(views);
    } finally {
      tf.dispose(views);
    }
  }

  /** The same for work in phases, between which others may open and close scopes. */
  *lendFor<T>(work: (state: readonly Tensor[]) => Phases<T>): Phases<T> {
    if (!this.#hidden) return yield* work(this.list);
    const views = this.list.map((tensor) => tf.keep(this.#recorder.standby.view(tensor)));
    try {
      return yield* work(views);
    } finally {
      tf.dispose(views);
    }
  }

  get hidden(): boolean {
    return this.#hidden;
  }

  hide(): void {
    if (this.#hidden) return;
    this.list.forEach((tensor) => this.#recorder.standby.hide(tensor));
    this.#hidden = true;
  }

  /** Says what `restart` sets a part of the state to; takes the tensors over, and hides them. */
  startFrom(part: (state: State) => unknown, start: unknown): void {
    this.#starts = listTree(part(this.#state)).map((to, i) => ({ to, from: listTree(start)[i]! }));
    this.#starts.forEach(({ from }) => this.#recorder.standby.hide(from));
  }

  restart(): void {
    for (const { to, from } of this.#starts) this.#recorder.assign(to, from);
  }

  /** Copies of the state as it is now, or of a part of it. */
  copy<T = State>(part: (state: State) => T = (state) => state as unknown as T): T {
    return mapTree(part(this.#state), this.#recorder.duplicate);
  }

  /** Takes over numbers that were set from outside. */
  assign(part: (state: State) => unknown, values: unknown): void {
    const to = listTree(part(this.#state));
    listTree(values).forEach((tensor, i) => this.#recorder.assign(to[i]!, tensor));
  }

  /** Whether a state has tensors of these shapes and types in its order. */
  fits(state: State): boolean {
    const other = listTree(state);
    const own = this.list;
    return own.length === other.length && own.every(({ shape, dtype }, i) => dtype === other[i]!.dtype && tf.util.arraysEqual(shape, other[i]!.shape));
  }

  dispose(): void {
    this.#starts.forEach(({ from }) => this.#recorder.standby.forget(from));
    if (this.#hidden) this.list.forEach((tensor) => this.#recorder.standby.forget(tensor));
    else disposeReplaced(this.#state, undefined);
  }
}
