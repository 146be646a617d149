/** What lies behind the native engine's tensors: a tfjs tensor stands for a number under which the addon knows TensorFlow's. */
import type { Tensor } from '../../../core/tensor.ts';
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

export const duplicate = (tensor: Tensor): Tensor => backendInUse().createOutputTensor({ ...share(tensor), shape: tensor.shape });

export function assign(to: Tensor, from: Tensor): void {
  idsOf([to]);
  replace(to, share(from).id);
}

