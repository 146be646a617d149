/**
 * Training and evaluation by replay: the engine records a step for each size of batch, and runs whole stretches of an epoch from the record.
 * State lives in tensors of the replay's own meanwhile; weights and optimizer get it back when somebody looks.
 */
import type { Recorder, Recording } from '../core/recorder.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { rowsToTensor, type HostArray } from './data.ts';
import type { Batch, Dataset, Port } from './dataset.ts';
import { disposeReplaced, listTree, mapTree } from './tree.ts';

/** Bytes of data that are laid out on the engine at most. */
const roomForData = 2 ** 29;

interface Sized { readonly batch: readonly Tensor[]; readonly recording: Recording; steps: number }

const greatest = (values: ArrayLike<number>, measure: (value: number, i: number) => number): number => {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, measure(values[i]!, i));
  return most;
};

/** Whether a replayed tensor has the eager one's numbers: to the last bit, or to what the order of summing makes of a step's change and of rounding. */
function equal(eager: Tensor, replayed: Tensor, before: Tensor, exact: boolean): boolean {
  const [want, got, start] = [eager.dataSync(), replayed.dataSync(), before.dataSync()];
  const room = exact ? 0 : 1e-3 * greatest(want, (value, i) => Math.abs(value - start[i]!)) + 1e-6 * greatest(want, Math.abs);
  return want.length === got.length && want.every((value, i) => Object.is(value, got[i]) || Math.abs(value - got[i]!) <= room);
}

/** A step from state and batch to the next state, which has the form of the one before. */
export type Step<State> = (state: State, batch: Batch) => State;

export class Replay<State> {
  readonly #recorder: Recorder;
  readonly #take: Step<State>;
  readonly #ports: readonly Port[];
  readonly #dataset: Dataset;
  readonly #sizes = new Map<number, Sized>();
  #data: readonly Tensor[] | undefined;
  /** The state that is replayed on. */
  readonly #state: State;

  constructor(recorder: Recorder, step: Step<State>, ports: readonly Port[], dataset: Dataset, state: State) {
    this.#recorder = recorder;
    this.#take = step;
    this.#ports = ports;
    this.#dataset = dataset;
    this.#state = mapTree(state, (tensor) => tf.keep(recorder.duplicate(tensor)));
  }

  /** Why data cannot be replayed over, if it cannot. */
  static refusal({ x, y, weights }: Dataset, ports: readonly Port[]): string | undefined {
    const other = ports.find(({ dtype }) => dtype !== 'float32' && dtype !== 'int32');
    if (other) return `the input "${other.name}" takes ${other.dtype === 'string' ? 'strings, which layers read on the host' : 'booleans, which no recording takes'}`;
    const numbers = [...x, ...y, ...weights].reduce((sum, array) => sum + (array?.data.length ?? 0), 0);
    return 4 * numbers > roomForData ? `the data takes ${Math.round((4 * numbers) / 2 ** 20)} MiB, more than ${roomForData / 2 ** 20} MiB` : undefined;
  }

  get state(): State {
    return this.#state;
  }

  #arrays(): readonly { readonly array: HostArray; readonly dtype: 'float32' | 'int32' }[] {
    const { x, y, weights } = this.#dataset;
    return [
      ...x.map((array, i) => ({ array, dtype: this.#ports[i]!.dtype as 'float32' | 'int32' })),
      ...[...y, ...weights].filter((array) => array !== undefined).map((array) => ({ array, dtype: 'float32' as const })),
    ];
  }

  /** The tensors of a batch from a flat list. */
  #asBatch(list: readonly Tensor[]): Batch {
    const { x, y, weights } = this.#dataset;
    let at = x.length;
    const next = (array: HostArray | undefined) => array && list[at++];
    return { x: list.slice(0, at), y: y.map(next), weights: weights.map(next), size: list[0]!.shape[0]! };
  }

  #rows(rows: ArrayLike<number>): readonly Tensor[] {
    return this.#arrays().map(({ array, dtype }) => rowsToTensor(array, rows, dtype));
  }

  #step = (state: readonly Tensor[], batch: readonly Tensor[]): readonly Tensor[] => {
    let next = 0;
    return listTree(this.#take(mapTree(this.#state, () => state[next++]!), this.#asBatch(batch)));
  };

  /** The record for batches of these rows' number, made at its first use; or why there is none. */
  #sized(rows: ArrayLike<number>): Sized | string {
    const known = this.#sizes.get(rows.length);
    if (known) return known;
    this.#data ??= this.#arrays().map(({ array, dtype }) => tf.keep(rowsToTensor(array, Uint32Array.from({ length: array.shape[0]! }, (_, i) => i), dtype)));
    const batch = this.#rows(rows).map((tensor) => tf.keep(tensor));
    let sized: Sized | undefined;
    try {
      const recorded = this.#recorder.record({ state: listTree(this.#state), batch, data: this.#data, step: this.#step });
      if ('declined' in recorded) return recorded.declined;
      sized = { batch, recording: recorded.recording, steps: 0 };
      this.#sizes.set(rows.length, sized);
      return sized;
    } finally {
      if (!sized) tf.dispose([...batch]);
    }
  }

  /** Runs one eager step on a copy of the state, and the replay on the state itself: do they agree, to the last bit? */
  #agrees(sized: Sized, rows: Uint32Array): boolean {
    const before = mapTree(this.#state, this.#recorder.duplicate);
    const start = listTree(before);
    const batch = this.#rows(rows);
    const eager = tf.tidy(() => this.#step(start, batch) as Tensor[]);
    sized.recording.run(rows);
    const replayed = listTree(this.#state);
    const same = eager.every((tensor, i) => equal(tensor, replayed[i]!, start[i]!, this.#recorder.exact));
    // Eager numbers are the ones to trust.
    if (!same) eager.forEach((tensor, i) => this.#recorder.assign(replayed[i]!, tensor));
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
    const steps = order.length / batchSize;
    let done = 0;
    // The first step has the very numbers that were recorded; the second tells whether anything was frozen that should move.
    for (; sized.steps < 2 && done < steps; sized.steps++) {
      const rows = order.subarray(done * batchSize, ++done * batchSize);
      if (sized.steps === 0) sized.recording.run(rows);
      else if (!this.#agrees(sized, rows)) return { declined: 'the replayed step differs from the eager one', done };
    }
    if (done < steps) sized.recording.run(order.subarray(done * batchSize));
    return undefined;
  }

  /** Copies of the state as it is now. */
  copy(): State {
    return mapTree(this.#state, this.#recorder.duplicate);
  }

  /** Takes over numbers that were set from outside. */
  assign(part: (state: State) => unknown, values: unknown): void {
    const to = listTree(part(this.#state));
    listTree(values).forEach((tensor, i) => this.#recorder.assign(to[i]!, tensor));
  }

  dispose(): void {
    for (const { batch, recording } of this.#sizes.values()) {
      recording.dispose();
      tf.dispose([...batch]);
    }
    tf.dispose([...(this.#data ?? [])]);
    disposeReplaced(this.#state, undefined);
  }
}
