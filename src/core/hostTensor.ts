/**
 * Tensors whose numbers lie in JavaScript's memory, whichever engine is in use. An engine takes them over when an operation first asks it for them, as
 * tfjs moves tensors between any two of its backends. Most predictions are read and no more: those no engine needs to know of.
 */
import { tf, type Tensor } from './tensor.ts';

export type Numbers = Float32Array | Int32Array | Uint8Array;

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

/** A tensor of these numbers, which it takes over. */
export const hostTensor = (values: Numbers, shape: readonly number[], dtype: 'float32' | 'int32' | 'bool'): Tensor =>
  tf.engine().makeTensorFromTensorInfo({ dataId: { values } satisfies Held, shape: shape as number[], dtype }, host) as Tensor;
