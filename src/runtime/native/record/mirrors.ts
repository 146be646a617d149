/**
 * The session addon's own tensors beside the backend's. Steps of training move the former and leave the latter behind until somebody asks for those:
 * from stretch to stretch, state stays where it is.
 */
import type { Numbers } from '../../../core/hostTensor.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import { backendInUse, type Backend, type Entry } from './backend.ts';
import { sessionAddon, type Held } from './sessionAddon.ts';

const ahead = Symbol('ahead');

/** Gives the numbers of something that has gone on in an entry's place. */
export type Leader = () => Numbers;

/** An entry's numbers as a tensor of the addon's. */
class Mirror {
  readonly #addon = sessionAddon()!;
  readonly #backend: Backend;
  readonly #entry: Entry;
  readonly #held = this.#addon.hold();
  /** What of the entry's has the same numbers: its tensor, its array, or nothing, because the addon's tensor has gone on. */
  #same: number | Numbers | typeof ahead | undefined;
  /** The entry's array, or the leader's numbers, once they were asked for. */
  #values: Numbers | null;
  #leader: Leader | undefined;
  /** Another one whenever the entry's numbers may be others. */
  version = 0;
  readonly #whenGone: (() => void)[] = [];

  constructor(backend: Backend, entry: Entry) {
    this.#backend = backend;
    this.#entry = entry;
    this.#values = entry.values;
    // Whoever wants an entry's numbers looks here first; who has made a tensor of them puts null here.
    Object.defineProperty(entry, 'values', {
      get: () => (this.#values ??= this.#leader?.() ?? null),
      set: (next: Numbers | null) => {
        if (next !== null || this.#same === ahead || this.#same === this.#values) this.#same = next === null ? entry.id : undefined;
        if (next !== null) this.version++;
        this.#values = next;
        this.#leader = undefined;
      },
    });
  }

  /** The typed array that its numbers come in. */
  get #kind(): typeof Float32Array | typeof Int32Array | typeof Uint8Array {
    const { TF_FLOAT, TF_INT32 } = this.#backend.binding;
    const { dtype } = this.#entry;
    return dtype === TF_FLOAT ? Float32Array : dtype === TF_INT32 ? Int32Array : Uint8Array;
  }

  readonly #read: Leader = () => {
    const numbers = new this.#kind(tf.util.sizeFromShape([...this.#entry.shape]));
    if (!this.#addon.read(this.#held, numbers)) throw new Error('a step of TensorFlow has put out a tensor of another size than was recorded');
    return numbers;
  };

  /** The addon's tensor with the entry's numbers. */
  get current(): Held {
    if (this.#same === ahead) return this.#held;
    const { id, dtype, shape, values } = this.#entry;
    const now = values ?? id;
    if (now === this.#same) return this.#held;
    const { numbers } = this;
    // The addon takes their word for it.
    if (!(numbers instanceof this.#kind) || numbers.length !== tf.util.sizeFromShape([...shape])) throw new Error(`a tensor of shape [${shape.join(', ')}] comes with other numbers than that`);
    this.#addon.fill(this.#held, dtype, Int32Array.from(shape), numbers);
    this.#same = now;
    return this.#held;
  }

  get isAhead(): boolean {
    return this.#same === ahead;
  }

  get follows(): boolean {
    return this.#leader !== undefined && this.#same !== ahead;
  }

  adopt(other: Mirror): void {
    this.#addon.adopt(this.#held, other.current);
    this.follow(undefined);
  }

  /** A leader's numbers are the entry's now: the addon's tensor's, if it is no other. */
  follow(leader: Leader | undefined): void {
    if (this.#entry.id >= 0) this.#backend.binding.deleteTensor(this.#entry.id);
    this.#entry.id = -1;
    this.#values = null;
    this.#same = leader ? undefined : ahead;
    this.#leader = leader ?? this.#read;
    this.version++;
  }

  /** The entry stands for something else. */
  outdate(): void {
    this.#values = null;
    this.#same = undefined;
    this.#leader = undefined;
    this.version++;
  }

  /** The entry's numbers. */
  get numbers(): Numbers {
    return this.#entry.values ?? this.#backend.binding.tensorDataSync(this.#entry.id);
  }

  whenGone(then: () => void): void {
    this.#whenGone.push(then);
  }

  drop(): void {
    this.#addon.drop(this.#held);
    for (const then of this.#whenGone) then();
  }
}

const mirrors = new WeakMap<Entry, Mirror>();
const watched = new WeakSet<Backend>();

/** Lets go of a mirror's numbers along with the entry's: a collector would not know how much memory they take. */
function watchDisposals(backend: Backend): void {
  if (watched.has(backend)) return;
  watched.add(backend);
  const { disposeData, tensorMap } = backend;
  backend.disposeData = (dataId, force) => {
    const mirror = tensorMap.has(dataId) ? mirrors.get(tensorMap.get(dataId)) : undefined;
    const gone = disposeData.call(backend, dataId, force);
    if (gone) mirror?.drop();
    return gone;
  };
}

function mirrorOf(tensor: Tensor): Mirror {
  const backend = backendInUse();
  const entry = backend.tensorMap.get(tensor.dataId);
  let mirror = mirrors.get(entry);
  if (!mirror) {
    watchDisposals(backend);
    mirror = new Mirror(backend, entry);
    mirrors.set(entry, mirror);
  }
  return mirror;
}

/** The addon's tensors with the numbers of these. */
export const heldOf = (tensors: readonly Tensor[]): Int32Array => Int32Array.from(tensors, (tensor) => mirrorOf(tensor).current);

/** To be called when the addon's tensors of these have gone on. */
export const lead = (tensors: readonly Tensor[]): void => tensors.forEach((tensor) => mirrorOf(tensor).follow(undefined));

/** To be called when something else has gone on in a tensor's place. */
export const follow = (tensor: Tensor, leader: Leader): void => mirrorOf(tensor).follow(leader);

/** Whether a tensor's numbers are the addon's alone. */
export const isAhead = ({ dataId }: Tensor): boolean => mirrors.get(backendInUse().tensorMap.get(dataId))?.isAhead ?? false;
/** Whether its numbers are those of something else, which has gone on in its place. */
export const follows = ({ dataId }: Tensor): boolean => mirrors.get(backendInUse().tensorMap.get(dataId))?.follows ?? false;
/** Whether steps have been run on a tensor. */
export const isMirrored = ({ dataId }: Tensor): boolean => mirrors.has(backendInUse().tensorMap.get(dataId));

/** Lets a tensor share another's numbers, without an operation. */
export const adopt = (tensor: Tensor, from: Tensor): void => mirrorOf(tensor).adopt(mirrorOf(from));

/** Tells one state of a tensor's numbers from another. */
export const versionOf = (tensor: Tensor): number => mirrorOf(tensor).version;

export const numbersOf = (tensor: Tensor): Numbers => mirrorOf(tensor).numbers;

/** Has something done when a tensor's numbers are let go of. */
export const whenGone = (tensor: Tensor, then: () => void): void => mirrorOf(tensor).whenGone(then);

/** To be called before an entry is given another tensor or other numbers. */
export const outdate = (entry: Entry): void => mirrors.get(entry)?.outdate();
