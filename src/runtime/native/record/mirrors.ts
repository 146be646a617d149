/**
 * The session addon's own tensors beside the backend's. Steps of training move the former and leave the latter behind until somebody asks for those:
 * from stretch to stretch, state stays where it is.
 */
import type { Numbers } from '../../../core/hostTensor.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import { backendInUse, type Backend, type Entry } from './backend.ts';
import { sessionAddon, type Held } from './sessionAddon.ts';

const ahead = Symbol('ahead');

/** An entry's numbers as a tensor of the addon's. */
class Mirror {
  readonly #addon = sessionAddon()!;
  readonly #backend: Backend;
  readonly #entry: Entry;
  readonly #held = this.#addon.hold();
  /** What of the entry's has the same numbers: its tensor, its array, or nothing, because these have gone on. */
  #same: number | Numbers | typeof ahead | undefined;
  /** The entry's array, or the numbers that have gone on, once they were asked for. */
  #values: Numbers | null;

  constructor(backend: Backend, entry: Entry) {
    this.#backend = backend;
    this.#entry = entry;
    this.#values = entry.values;
    // Whoever wants an entry's numbers looks here first; who has made a tensor of them puts null here.
    Object.defineProperty(entry, 'values', {
      get: () => (this.#same === ahead ? (this.#values ??= this.#read()) : this.#values),
      set: (next: Numbers | null) => {
        if (next !== null || this.#same === ahead || this.#same === this.#values) this.#same = next === null ? entry.id : undefined;
        this.#values = next;
      },
    });
  }

  /** The typed array that its numbers come in. */
  get #kind(): typeof Float32Array | typeof Int32Array | typeof Uint8Array {
    const { TF_FLOAT, TF_INT32 } = this.#backend.binding;
    const { dtype } = this.#entry;
    return dtype === TF_FLOAT ? Float32Array : dtype === TF_INT32 ? Int32Array : Uint8Array;
  }

  #read(): Numbers {
    const numbers = new this.#kind(tf.util.sizeFromShape([...this.#entry.shape]));
    if (!this.#addon.read(this.#held, numbers)) throw new Error('a step of TensorFlow has put out a tensor of another size than was recorded');
    return numbers;
  }

  /** The addon's tensor with the entry's numbers. */
  get current(): Held {
    if (this.#same === ahead) return this.#held;
    const { id, dtype, shape } = this.#entry;
    const now = this.#values ?? id;
    if (now === this.#same) return this.#held;
    const numbers = this.#values ?? this.#backend.binding.tensorDataSync(id);
    // The addon takes their word for it.
    if (!(numbers instanceof this.#kind) || numbers.length !== tf.util.sizeFromShape([...shape])) throw new Error(`a tensor of shape [${shape.join(', ')}] comes with other numbers than that`);
    this.#addon.fill(this.#held, dtype, Int32Array.from(shape), numbers);
    this.#same = now;
    return this.#held;
  }

  get isAhead(): boolean {
    return this.#same === ahead;
  }

  adopt(other: Mirror): void {
    this.#addon.adopt(this.#held, other.current);
    this.lead();
  }

  /** The addon's tensor has gone on: its numbers are the entry's now. */
  lead(): void {
    if (this.#entry.id >= 0) this.#backend.binding.deleteTensor(this.#entry.id);
    this.#entry.id = -1;
    this.#values = null;
    this.#same = ahead;
  }

  /** The entry stands for something else. */
  outdate(): void {
    this.#values = null;
    this.#same = undefined;
  }

  drop(): void {
    this.#addon.drop(this.#held);
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
export const lead = (tensors: readonly Tensor[]): void => tensors.forEach((tensor) => mirrorOf(tensor).lead());

/** Whether a tensor's numbers are the addon's alone. */
export const isAhead = ({ dataId }: Tensor): boolean => mirrors.get(backendInUse().tensorMap.get(dataId))?.isAhead ?? false;
/** Whether steps have been run on a tensor. */
export const isMirrored = ({ dataId }: Tensor): boolean => mirrors.has(backendInUse().tensorMap.get(dataId));

/** Lets a tensor share another's numbers, without an operation. */
export const adopt = (tensor: Tensor, from: Tensor): void => mirrorOf(tensor).adopt(mirrorOf(from));

/** To be called before an entry is given another tensor or other numbers. */
export const outdate = (entry: Entry): void => mirrors.get(entry)?.outdate();
