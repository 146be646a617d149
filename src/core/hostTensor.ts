/**
 * Tensors whose numbers lie in JavaScript's memory, whichever engine is in use. An engine takes them over when an operation first asks it for them, as
 * tfjs moves tensors between any two of its backends. Most predictions are read and no more: those no engine needs to know of.
 */
import { tf, type Tensor } from './tensor.ts';

export type Numbers = Float32Array | Int32Array | Uint8Array;

type HostType = 'float32' | 'int32' | 'bool';

/** What tfjs knows a tensor's numbers by. */
interface Held { readonly values: Numbers }

class Host extends tf.KernelBackend {
  // A copy: what is done with numbers that were read changes no tensor.
  override readSync(held: object): Numbers {
    return (held as Held).values.slice();
  }

  override read(held: object): Promise<Numbers> {
    return Promise.resolve(this.readSync(held));
  }

  /** Tensors that share numbers come from operations, and so from another backend. */
  override refCount(): number {
    return 1;
  }

  override disposeData(): boolean {
    return true;
  }
}

const host = new Host();
const engine = tf.engine() as unknown as {
  readonly state: {
    numTensors: number;
    numDataBuffers: number;
    numBytes: number;
    readonly activeScope: object | null;
    readonly tensorInfo: WeakMap<object, { readonly backend: Host; readonly dtype: HostType; readonly shape: readonly number[]; readonly bytes: number }>;
  };
  nextTensorId(): number;
  track(tensor: Tensor): Tensor;
};

const gone: Held = { values: new Uint8Array(0) };

/** tfjs counts such a tensor from the beginning, and comes to know its numbers when something asks for its `dataId`: whoever only reads it pays for neither. */
class HostTensor extends tf.Tensor {
  declare held: Held;
  declare known: boolean;

  constructor(values: Numbers, shape: readonly number[], dtype: HostType) {
    super(shape as number[], dtype, gone, engine.nextTensorId());
    this.held = { values };
    this.known = false;
    const { state } = engine;
    state.numTensors++;
    state.numDataBuffers++;
    state.numBytes += values.byteLength;
    if (state.activeScope !== null) engine.track(this);
  }

  override dataSync<D extends tf.DataType = tf.NumericDataType>(): tf.DataTypeMap[D] {
    return this.known || this.isDisposed ? super.dataSync<D>() : (this.held.values.slice() as tf.DataTypeMap[D]);
  }

  override dispose(): void {
    if (this.known || this.isDisposed) return super.dispose();
    const { state } = engine;
    state.numTensors--;
    state.numDataBuffers--;
    state.numBytes -= this.held.values.byteLength;
    this.isDisposedInternal = true;
    this.held = gone;
  }
}

Object.defineProperty(HostTensor.prototype, 'dataId', {
  get(this: HostTensor): Held {
    if (!this.known && !this.isDisposed) {
      this.known = true;
      engine.state.tensorInfo.set(this.held, { backend: host, dtype: this.dtype as HostType, shape: this.shape, bytes: this.held.values.byteLength });
    }
    return this.held;
  },
  // The constructor of tfjs's tensors sets it.
  set() {},
});

/** A tensor of these numbers, which it takes over. */
export const hostTensor = (values: Numbers, shape: readonly number[], dtype: HostType): Tensor => new HostTensor(values, shape, dtype);
