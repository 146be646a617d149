/** What lies behind the native engine's tensors: a tfjs tensor stands for a number under which the addon knows TensorFlow's. */
import type { Standby } from '../../../core/recorder.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import { nativeBackend, type NativeBackend, type TensorMetadata } from '../ops.ts';

/** The backend's entry for a tensor's data. */
interface Entry { id: number; readonly dtype: number; readonly shape: readonly number[] }

export type Backend = NativeBackend & {
  readonly tensorMap: { get(dataId: Tensor['dataId']): Entry };
  readSync(dataId: Tensor['dataId']): ArrayLike<number>;
};

export const backendInUse = (): Backend => nativeBackend() as Backend;

export const idsOf = (tensors: readonly Tensor[]): number[] => backendInUse().getInputTensorIds(tensors);

/** Lets a tensor stand for another of TensorFlow's from now on; the one that it stood for is let go. */
export function replace(tensor: Tensor, id: number): void {
  const { binding, tensorMap } = backendInUse();
  const entry = tensorMap.get(tensor.dataId);
  binding.deleteTensor(entry.id);
  entry.id = id;
}

/** TensorFlow's tensors do not change, so two may share their numbers. */
function share(tensor: Tensor): TensorMetadata {
  const { binding } = backendInUse();
  const [id] = idsOf([tensor]);
  const { dtype } = backendInUse().tensorMap.get(tensor.dataId);
  return binding.executeOp('Identity', [{ name: 'T', type: binding.TF_ATTR_TYPE, value: dtype }], [id!], 1)[0]!;
}

export function duplicate(tensor: Tensor): Tensor {
  const backend = backendInUse();
  const { id } = share(tensor);
  const { shape, dtype } = tensor;
  const dataId = {};
  // Another engine may be current by now, whose tensor the addon's `createOutputTensor` would call it.
  backend.move(dataId, null as never, shape, dtype, 1);
  backend.tensorMap.get(dataId).id = id;
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, backend) as Tensor;
}

export function assign(to: Tensor, from: Tensor): void {
  idsOf([to]);
  replace(to, share(from).id);
}

/** Numbers for a whole tensor: what is lacking at the end is 0. */
function filled(numbers: Float32Array | Int32Array | Uint8Array, size: number): typeof numbers {
  if (numbers.length === size) return numbers;
  const all = new (numbers.constructor as new (size: number) => typeof numbers)(size);
  all.set(numbers);
  return all;
}

export const standby: Standby = {
  worthRecording: 8,
  write(to, numbers) {
    const { binding, tensorMap } = backendInUse();
    const { dtype } = tensorMap.get(to.dataId);
    idsOf([to]);
    replace(to, binding.createTensor(to.shape, dtype, filled(numbers, to.size)));
  },
  hide(tensor) {
    const backend = backendInUse();
    // One reference more than tensors hold.
    backend.incRef(tensor.dataId);
    tensor.dispose();
    tf.engine().removeDataId(tensor.dataId, backend);
  },
  view(hidden) {
    const backend = backendInUse();
    backend.incRef(hidden.dataId);
    return tf.engine().makeTensorFromTensorInfo({ dataId: hidden.dataId, shape: hidden.shape, dtype: hidden.dtype }, backend) as Tensor;
  },
  forget(hidden) {
    const backend = backendInUse();
    backend.disposeData(hidden.dataId, true);
    tf.engine().removeDataId(hidden.dataId, backend);
  },
};
