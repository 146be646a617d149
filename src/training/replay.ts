/**
 * Training and evaluation by replay: the engine records a step for each size of batch, and runs whole stretches of an epoch from the record.
 * State lives in tensors of the replay's own meanwhile; weights and optimizer get it back when somebody looks.
 */
import { atOnce, type Phases } from '../core/phases.ts';
import type { Recorder, Recording } from '../core/recorder.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { agree } from './agree.ts';
import { rowsToTensor } from './data.ts';
import type { Batch, Dataset, Port } from './dataset.ts';
import { HeldState } from './heldState.ts';
import { Recent } from './recent.ts';
import { arraysOf, asBatch, inStages, layOut, stageOf } from './replayData.ts';
import { listTree } from './tree.ts';

/** The record for batches of one shape. `stage`: how many rows of the data lie on the engine at a time, if not all do. */
interface Sized { readonly size: number; readonly batch: readonly Tensor[]; readonly data: readonly Tensor[]; readonly stage: number | undefined; readonly recording: Recording; steps: number }

/** Shapes of batches that are remembered where batches come one by one. */
const remembered = 8;
/** Bytes that may wait from one fit to the next. */
const roomToWait = 2 ** 26;

/** A step from state and batch to the next state, which has the form of the one before. */
export type Step<State> = (state: State, batch: Batch) => State;

export interface Task<State> {
  readonly step: Step<State>;
  readonly dataset: Dataset;
  readonly state: State;
  /** How often the data are going to be gone through, if that is known; else 0. */
  readonly times: number;
}

/** Why replaying ends, and after how many batches of a stretch. */
export interface Ended { readonly declined: string; readonly done: number }

const elsewhere = 'another engine has been chosen meanwhile';

const bytesOf = (tensors: readonly Tensor[]): number => tensors.reduce((sum, { size }) => sum + 4 * size, 0);

export class Replay<State> {
  readonly #recorder: Recorder;
  readonly #ports: readonly Port[];
  readonly #batchSize: number;
  readonly #fed: number;
  /** The engine's name: no other can take the step that is recorded. */
  readonly #backend = tf.getBackend();
  readonly #sizes: Recent<Sized>;
  /** Batches of a shape that came and were not recorded. */
  readonly #seen = new Map<string, number>();
  /** What is replayed on. */
  readonly held: HeldState<State>;
  #take: Step<State>;
  #times: number;
  /** None while the replay waits for other data. */
  #dataset: Dataset | undefined;
  #data: readonly Tensor[] | undefined;
  /** Whether nothing failed so far. */
  #sound = true;

  /**
   * @param batchSize - of all batches but the last, smaller one
   * @param fed - if the data set is one batch and others follow by `feed`: the how manyth of a shape is recorded
   */
  constructor(recorder: Recorder, ports: readonly Port[], { step, dataset, state, times }: Task<State>, batchSize: number, fed = 0) {
    this.#recorder = recorder;
    this.#ports = ports;
    this.#batchSize = batchSize;
    this.#fed = fed;
    this.#sizes = new Recent(fed ? remembered : Infinity, (sized) => this.#disposeOf(sized));
    this.#take = step;
    this.#dataset = dataset;
    this.#times = times;
    this.held = new HeldState(recorder, state);
  }

  /** The batch that comes next. */
  feed(batch: Dataset): void {
    this.#dataset = batch;
  }

  get #arrays(): ReturnType<typeof arraysOf> {
    return arraysOf(this.#dataset!, this.#ports);
  }

  #rows(rows: ArrayLike<number>): readonly Tensor[] {
    return this.#arrays.map(({ array, dtype }) => rowsToTensor(array, rows, dtype));
  }

  get #isElsewhere(): boolean {
    return tf.getBackend() !== this.#backend;
  }

  #step = (state: readonly Tensor[], batch: readonly Tensor[]): readonly Tensor[] => listTree(this.#take(this.held.with(state), asBatch(this.#dataset!, batch)));

  /** How many batches of a size are going to come: the last, smaller one of the data is one of its kind. */
  #steps(size: number): number {
    return this.#times * (size === this.#batchSize ? Math.max(1, Math.floor(this.#dataset!.length / size)) : 1);
  }

  *#record(rows: ArrayLike<number>): Phases<Sized | string> {
    const stage = stageOf(this.#dataset!, rows.length, this.#fed > 0);
    const data = stage === undefined ? (this.#data ??= layOut(this.#arrays, undefined)) : layOut(this.#arrays, stage);
    const batch = this.#rows(rows).map((tensor) => tf.keep(tensor));
    let sized: Sized | undefined;
    try {
      yield;
      if (this.#isElsewhere) return elsewhere;
      const recorded = yield* this.held.lendFor((state) => this.#recorder.record({ state, batch, data, step: this.#step, steps: this.#steps(rows.length) }));
      if ('declined' in recorded) return recorded.declined;
      sized = { size: rows.length, batch, data, stage, recording: recorded.recording, steps: 0 };
      if (this.held.hidden) this.#own(sized).forEach((tensor) => this.#recorder.standby.hide(tensor));
      return sized;
    } finally {
      if (!sized) tf.dispose([...batch, ...(stage === undefined ? [] : data)]);
    }
  }

  /** The tensors of a record that are its alone. */
  #own({ batch, data, stage }: Sized): readonly Tensor[] {
    return stage === undefined ? batch : [...batch, ...data];
  }

  #keyOf(size: number): string {
    return this.#fed ? this.#arrays.map(({ array }) => array.shape.join()).join(' ') : String(size);
  }

  /** The record for batches of these rows' number, made at its first use; or why there is none. `undefined`: not yet. */
  *#sized(rows: ArrayLike<number>): Phases<Sized | string | undefined> {
    const key = this.#keyOf(rows.length);
    const known = this.#sizes.get(key);
    if (known) return known;
    if (this.#fed) {
      const seen = (this.#seen.get(key) ?? 0) + 1;
      this.#seen.set(key, seen);
      if (seen < this.#fed) return undefined;
    }
    const made = yield* this.#record(rows);
    if (typeof made === 'string') return made;
    this.#sizes.set(key, made);
    yield;
    return made;
  }

  *#replay({ recording, data, stage, size }: Sized, rows: Uint32Array): Phases<void> {
    function* run(places: Uint32Array): Phases<void> {
      if (recording.takesLong?.(places.length / size)) yield* recording.runBeside!(places);
      else recording.run(places);
    }
    this.#sound = false;
    try {
      yield* stage === undefined ? run(rows) : inStages(this.#recorder, this.#arrays, data, rows, stage, run);
    } catch (error) {
      this.#tryEagerly(rows, size);
      throw error;
    }
    this.#sound = true;
  }

  /** Goes through batches that a record failed on: a layer that fails says more of itself than a record of it. */
  #tryEagerly(rows: Uint32Array, size: number): void {
    for (let at = 0; at < rows.length; at += size) {
      tf.tidy(() => void this.held.lend((state) => this.#step(state, this.#rows(rows.subarray(at, at + size)))));
    }
  }

  /** One step without a record. */
  #eagerly(rows: Uint32Array): void {
    const batch = this.#rows(rows);
    const next = this.held.lend((held) => tf.tidy(() => this.#step(held, batch).map((tensor) => (held.includes(tensor) ? tensor.clone() : tensor))));
    this.#set(next);
    tf.dispose([...next, ...batch]);
  }

  #set(state: readonly Tensor[]): void {
    const { list } = this.held;
    state.forEach((tensor, i) => this.#recorder.assign(list[i]!, tensor));
  }

  /** Runs one eager step on a copy of the state, and the replay on the state itself: do they agree, to the last bit? */
  *#agrees(sized: Sized, rows: Uint32Array): Phases<boolean> {
    const own: Tensor[] = [];
    // They outlast scopes that others open and close between the phases.
    const keep = (tensors: readonly Tensor[]): readonly Tensor[] => {
      own.push(...tensors.map((tensor) => tf.keep(tensor)));
      return tensors;
    };
    try {
      const start = keep(this.held.list.map((tensor) => this.#recorder.duplicate(tensor)));
      const batch = keep(this.#rows(rows));
      const recorder = this.#recorder;
      const take = this.#step;
      function* step(state: () => readonly Tensor[]): Phases<readonly Tensor[]> {
        const compute = () => keep(tf.tidy(() => take(state(), batch) as Tensor[]));
        return recorder.inPhases ? yield* recorder.inPhases([...start, ...batch], compute) : compute();
      }
      const eager = yield* step(() => start);
      yield;
      yield* this.#replay(sized, rows);
      yield;
      const same = yield* this.held.lendFor((replayed) => agree(eager, replayed, start, this.#recorder.exact, (from) => (this.#isElsewhere ? undefined : step(from))));
      // Eager numbers are the ones to trust.
      if (!same) this.#set(eager);
      return same;
    } finally {
      tf.dispose(own);
    }
  }

  /** Steps over the rows of an order if there is a record that has been checked, and they do not take long; whether that is so. */
  runChecked(order: Uint32Array, batchSize: number): boolean {
    const sized = this.#sizes.get(this.#keyOf(batchSize));
    if (!sized || (sized.steps < 2 && !sized.recording.proven) || sized.recording.takesLong?.(order.length / batchSize)) return false;
    atOnce(this.#replay(sized, order));
    return true;
  }

  /**
   * Steps over the rows of an order, in batches of one size. What is set from outside between the phases counts from the next call on.
   * @returns why it does not go on like this, with how many batches were done; `undefined` if all were.
   */
  *run(order: Uint32Array, batchSize: number): Phases<Ended | undefined> {
    const sized = yield* this.#sized(order.subarray(0, batchSize));
    if (typeof sized === 'string') return { declined: sized, done: 0 };
    if (!sized) return void this.#eagerly(order);
    const steps = order.length / batchSize;
    let done = 0;
    // The first step has the very numbers that were recorded; the second tells whether anything was frozen that should move. What was proven once is not proven again.
    for (; sized.steps < 2 && done < steps && !sized.recording.proven; sized.steps++) {
      if (sized.steps === 1 && this.#isElsewhere) return { declined: elsewhere, done };
      const rows = order.subarray(done * batchSize, ++done * batchSize);
      if (sized.steps === 0) yield* this.#replay(sized, rows);
      else if (!(yield* this.#agrees(sized, rows))) return { declined: 'the replayed step differs from the eager one', done };
      else sized.recording.prove?.();
      yield;
    }
    if (done < steps) yield* this.#replay(sized, order.subarray(done * batchSize));
    return undefined;
  }

  /** Has nobody count the tensors from now on: it is going to last. */
  hide(): void {
    if (this.held.hidden) return;
    for (const sized of this.#sizes) this.#own(sized).forEach((tensor) => this.#recorder.standby.hide(tensor));
    this.held.hide();
  }

  /** Whether it, or the data, takes too much memory to wait. */
  get large(): boolean {
    const all = [...this.#sizes];
    return all.some(({ stage }) => stage !== undefined) || bytesOf(this.held.list) + all.reduce((sum, { batch, recording }) => sum + bytesOf(batch) + recording.bytes, 0) > roomToWait;
  }

  /** Lets go of the data, to wait for others of their shape; `false` if it is too large for that, or of no more use. */
  wait(): boolean {
    if (!this.#sound || [...this.#sizes].length === 0 || this.large) return false;
    this.hide();
    this.#letGoOfData();
    this.#dataset = undefined;
    return true;
  }

  /** Goes on with other data. @returns whether the state is one that it can go on from. */
  resume({ step, dataset, state, times }: Task<State>): boolean {
    if (!this.held.fits(state)) return false;
    this.#take = step;
    this.#dataset = dataset;
    this.#times = times;
    this.held.assign((held) => held, state);
    this.#data = layOut(this.#arrays, undefined);
    for (const { size, recording } of [...this.#sizes]) {
      if (recording.suits?.(this.#steps(size)) === false) this.#sizes.delete(String(size));
      else recording.from(this.#data);
    }
    return true;
  }

  #letGoOfData(): void {
    tf.dispose([...(this.#data ?? [])]);
    this.#data = undefined;
  }

  #disposeOf(sized: Sized): void {
    sized.recording.dispose();
    if (this.held.hidden) this.#own(sized).forEach((tensor) => this.#recorder.standby.forget(tensor));
    else tf.dispose([...this.#own(sized)]);
  }

  dispose(): void {
    this.#sizes.clear();
    this.#letGoOfData();
    this.held.dispose();
  }
}
