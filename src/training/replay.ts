/**
 * Training and evaluation by replay: the engine records a step for each size of batch, and runs whole stretches of an epoch from the record.
 * State lives in tensors of the replay's own meanwhile; weights and optimizer get it back when somebody looks.
 */
import type { Recorder, Recording } from '../core/recorder.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { agree } from './agree.ts';
import { rowsToTensor } from './data.ts';
import type { Batch, Dataset, Port } from './dataset.ts';
import { Recent } from './recent.ts';
import { arraysOf, asBatch, inStages, layOut, stageOf } from './replayData.ts';
import { disposeReplaced, listTree, mapTree } from './tree.ts';

/** The record for batches of one shape. `stage`: how many rows of the data lie on the engine at a time, if not all do. */
interface Sized { readonly batch: readonly Tensor[]; readonly data: readonly Tensor[]; readonly stage: number | undefined; readonly recording: Recording; steps: number }

/** Shapes of batches that are remembered where batches come one by one. */
const remembered = 8;

/** A step from state and batch to the next state, which has the form of the one before. */
export type Step<State> = (state: State, batch: Batch) => State;

export class Replay<State> {
  readonly #recorder: Recorder;
  readonly #take: Step<State>;
  readonly #ports: readonly Port[];
  readonly #fed: number;
  readonly #times: number;
  readonly #sizes: Recent<Sized>;
  /** Batches of a shape that came and were not recorded. */
  readonly #seen = new Map<string, number>();
  #dataset: Dataset;
  #data: readonly Tensor[] | undefined;
  /** The state that is replayed on. */
  readonly #state: State;
  /** Whether nobody counts the tensors. */
  #hidden = false;
  #starts: readonly { readonly to: Tensor; readonly from: Tensor }[] = [];

  /**
   * @param fed - if `dataset` is one batch and others follow by `feed`: the how manyth of a shape is recorded
   * @param times - how often the data are going to be gone through, if that is known
   */
  constructor(recorder: Recorder, step: Step<State>, ports: readonly Port[], dataset: Dataset, state: State, fed = 0, times = 0) {
    this.#recorder = recorder;
    this.#take = step;
    this.#ports = ports;
    this.#dataset = dataset;
    this.#fed = fed;
    this.#sizes = new Recent(fed ? remembered : Infinity, (sized) => this.#disposeOf(sized));
    this.#times = times;
    this.#state = mapTree(state, (tensor) => tf.keep(recorder.duplicate(tensor)));
  }

  /** The batch that comes next. */
  feed(batch: Dataset): void {
    this.#dataset = batch;
  }

  #rows(rows: ArrayLike<number>): readonly Tensor[] {
    return arraysOf(this.#dataset, this.#ports).map(({ array, dtype }) => rowsToTensor(array, rows, dtype));
  }

  #step = (state: readonly Tensor[], batch: readonly Tensor[]): readonly Tensor[] => {
    let next = 0;
    return listTree(this.#take(mapTree(this.#state, () => state[next++]!), asBatch(this.#dataset, batch)));
  };

  /** The state's tensors, for as long as something works on them. */
  #withState<T>(work: (state: readonly Tensor[]) => T): T {
    const held = listTree(this.#state);
    if (!this.#hidden) return work(held);
    const views = held.map((tensor) => this.#recorder.standby!.view(tensor));
    try {
      return work(views);
    } finally {
      tf.dispose(views);
    }
  }

  /** How many batches of a size are going to come: the last, smaller one of the data is one of its kind. */
  #steps(size: number): number {
    return this.#times * (this.#sizes.size === 0 ? Math.max(1, Math.floor(this.#dataset.length / size)) : 1);
  }

  #record(rows: ArrayLike<number>): Sized | string {
    const arrays = arraysOf(this.#dataset, this.#ports);
    const stage = stageOf(this.#dataset, rows.length, this.#fed > 0);
    const data = stage === undefined ? (this.#data ??= layOut(arrays, undefined)) : layOut(arrays, stage);
    const batch = this.#rows(rows).map((tensor) => tf.keep(tensor));
    let sized: Sized | undefined;
    try {
      const recorded = this.#withState((state) => this.#recorder.record({ state, batch, data, step: this.#step, steps: this.#steps(rows.length) }));
      if ('declined' in recorded) return recorded.declined;
      sized = { batch, data, stage, recording: recorded.recording, steps: 0 };
      if (this.#hidden) for (const tensor of [...batch, ...data]) this.#recorder.standby!.hide(tensor);
      return sized;
    } finally {
      if (!sized) tf.dispose([...batch, ...(stage === undefined ? [] : data)]);
    }
  }

  /** The record for batches of these rows' number, made at its first use; or why there is none. `undefined`: not yet. */
  #sized(rows: ArrayLike<number>): Sized | string | undefined {
    const key = this.#fed ? arraysOf(this.#dataset, this.#ports).map(({ array }) => array.shape.join()).join(' ') : String(rows.length);
    const known = this.#sizes.get(key);
    if (known) return known;
    if (this.#fed) {
      const seen = (this.#seen.get(key) ?? 0) + 1;
      this.#seen.set(key, seen);
      if (seen < this.#fed) return undefined;
    }
    const made = this.#record(rows);
    if (typeof made === 'string') return made;
    this.#sizes.set(key, made);
    return made;
  }

  #replay({ recording, data, stage }: Sized, rows: Uint32Array): void {
    if (stage === undefined) recording.run(rows);
    else inStages(this.#recorder, arraysOf(this.#dataset, this.#ports), data, rows, stage, (places) => recording.run(places));
  }

  /** One step without a record. */
  #eagerly(rows: Uint32Array): void {
    const batch = this.#rows(rows);
    const next = this.#withState((state) => tf.tidy(() => this.#step(state, batch).map((tensor) => (state.includes(tensor) ? tensor.clone() : tensor))));
    const held = listTree(this.#state);
    next.forEach((tensor, i) => this.#recorder.assign(held[i]!, tensor));
    tf.dispose([...next, ...batch]);
  }

  /** Runs one eager step on a copy of the state, and the replay on the state itself: do they agree, to the last bit? */
  #agrees(sized: Sized, rows: Uint32Array): boolean {
    const held = listTree(this.#state);
    const start = held.map((tensor) => this.#recorder.duplicate(tensor));
    const batch = this.#rows(rows);
    const eager = tf.tidy(() => this.#step(start, batch) as Tensor[]);
    this.#replay(sized, rows);
    const same = this.#withState((replayed) => eager.every((tensor, i) => agree(tensor, replayed[i]!, start[i]!, this.#recorder.exact)));
    // Eager numbers are the ones to trust.
    if (!same) eager.forEach((tensor, i) => this.#recorder.assign(held[i]!, tensor));
    tf.dispose([start, eager, batch] as never);
    return same;
  }

  /**
   * Steps over the rows of an order, in batches of one size.
   * @returns why it does not go on like this, with how many batches were done; `undefined` if all were.
   */
  run(order: Uint32Array, batchSize: number): { readonly declined: string; readonly done: number } | undefined {
    const sized = this.#sized(order.subarray(0, batchSize));
    if (typeof sized === 'string') return { declined: sized, done: 0 };
    if (!sized) return void this.#eagerly(order);
    const steps = order.length / batchSize;
    let done = 0;
    // The first step has the very numbers that were recorded; the second tells whether anything was frozen that should move. What was proven once is not proven again.
    for (; sized.steps < 2 && done < steps && !sized.recording.proven; sized.steps++) {
      const rows = order.subarray(done * batchSize, ++done * batchSize);
      if (sized.steps === 0) this.#replay(sized, rows);
      else if (!this.#agrees(sized, rows)) return { declined: 'the replayed step differs from the eager one', done };
      else sized.recording.prove?.();
    }
    if (done < steps) this.#replay(sized, order.subarray(done * batchSize));
    return undefined;
  }

  /** Has nobody count the tensors from now on: it is going to last. `start`: what `restart` sets a part of the state to. */
  hide(part: (state: State) => unknown, start: unknown): void {
    const hide = (tensor: Tensor) => this.#recorder.standby!.hide(tensor);
    this.#starts = listTree(part(this.#state)).map((to, i) => ({ to, from: listTree(start)[i]! }));
    this.#starts.forEach(({ from }) => hide(from));
    listTree(this.#state).forEach(hide);
    for (const { batch, data } of this.#sizes) [...batch, ...data].forEach(hide);
    this.#hidden = true;
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

  #letGo(tensors: readonly Tensor[]): void {
    if (this.#hidden) tensors.forEach((tensor) => this.#recorder.standby!.forget(tensor));
    else tf.dispose([...tensors]);
  }

  #disposeOf({ batch, data, stage, recording }: Sized): void {
    recording.dispose();
    this.#letGo(stage === undefined ? batch : [...batch, ...data]);
  }

  dispose(): void {
    this.#sizes.clear();
    this.#letGo(this.#data ?? []);
    if (this.#hidden) this.#letGo([...listTree(this.#state), ...this.#starts.map(({ from }) => from)]);
    else disposeReplaced(this.#state, undefined);
  }
}
