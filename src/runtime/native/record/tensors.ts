/** Tensors of the native engine that recordings hold: handed on, shared, written over and hidden. */
import type { Numbers } from '../../../core/hostTensor.ts';
import type { Standby } from '../../../core/recorder.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import type { NativeBinding } from '../ops.ts';
import { backendInUse } from './backend.ts';
import { adopt, follows, isAhead, isMirrored, numbersOf, outdate } from './mirrors.ts';

export const idsOf = (tensors: readonly Tensor[]): number[] => backendInUse().getInputTensorIds(tensors);

/** Lets a tensor stand for another of TensorFlow's from now on, or for numbers; the one that it stood for is let go. */
function stand(tensor: Tensor, { id = -1, values = null }: { id?: number; values?: Numbers | null }): void {
  const { binding, tensorMap } = backendInUse();
  const entry = tensorMap.get(tensor.dataId);
  if (entry.id >= 0) binding.deleteTensor(entry.id);
  outdate(entry);
  entry.id = id;
  entry.values = values;
}

export const replace = (tensor: Tensor, id: number): void => stand(tensor, { id });

/** Another number for one of TensorFlow's tensors: these do not change, so two may share their numbers. */
export const share = (binding: NativeBinding, id: number, dtype: number): number =>
  binding.executeOp('Identity', [{ name: 'T', type: binding.TF_ATTR_TYPE, value: dtype }], [id], 1)[0]!.id;

function shareOf(tensor: Tensor): number {
  const { binding, tensorMap } = backendInUse();
  const [id] = idsOf([tensor]);
  return share(binding, id!, tensorMap.get(tensor.dataId).dtype);
}

export function duplicate(tensor: Tensor): Tensor {
  const backend = backendInUse();
  const { shape, dtype } = tensor;
  const dataId = {};
  // Another engine may be current by now, whose tensor the addon's `createOutputTensor` would call it.
  backend.move(dataId, null as never, shape, dtype, 1);
  const made = tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, backend) as Tensor;
  if (isAhead(tensor)) adopt(made, tensor);
  else if (follows(tensor)) stand(made, { values: numbersOf(tensor) });
  else backend.tensorMap.get(dataId).id = shareOf(tensor);
  return made;
}

export function assign(to: Tensor, from: Tensor): void {
  if (follows(from)) stand(to, { values: numbersOf(from) });
  else if (isMirrored(to)) adopt(to, from);
  else replace(to, shareOf(from));
}

/** Numbers for a whole tensor: what is lacking at the end is 0. */
function filled(numbers: Numbers, size: number): Numbers {
  if (numbers.length === size) return numbers;
  const all = new (numbers.constructor as new (size: number) => Numbers)(size);
  all.set(numbers);
  return all;
}

export const standby: Standby = {
  worthRecording: 8,
  write: (to, numbers) => stand(to, { values: filled(numbers, to.size) }),
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
