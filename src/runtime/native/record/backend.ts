/** What lies behind the native engine's tensors: a tfjs tensor stands for a number under which tfjs-node's addon knows TensorFlow's. */
import type { Numbers } from '../../../core/hostTensor.ts';
import type { Tensor } from '../../../core/tensor.ts';
import { nativeBackend, type NativeBackend } from '../ops.ts';

/** The backend's entry for a tensor's data. */
export interface Entry {
  /** Below 0 as long as there are only `values`. */
  id: number;
  /** Numbers that the addon has yet to be given. */
  values: Numbers | null;
  readonly dtype: number;
  readonly shape: readonly number[];
}

export type Backend = NativeBackend & {
  readonly tensorMap: { has(dataId: Tensor['dataId']): boolean; get(dataId: Tensor['dataId']): Entry };
  readSync(dataId: Tensor['dataId']): ArrayLike<number>;
  disposeData(dataId: Tensor['dataId'], force?: boolean): boolean;
};

export const backendInUse = (): Backend => nativeBackend() as Backend;
