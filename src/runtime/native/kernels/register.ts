import { tf, type Tensor } from '../../../core/tensor.ts';

type Kernel = NonNullable<ReturnType<typeof tf.getKernel>>;
type Call = Parameters<Kernel['kernelFunc']>[0];

/** The kernel that the native engine has now. */
export const nativeKernel = (kernelName: string): Kernel['kernelFunc'] | undefined => tf.getKernel(kernelName, 'tensorflow')?.kernelFunc;

/** Gives the native engine a kernel, in place of its own if it has one. What the kernel makes on its way is freed. */
export function register(kernelName: string, run: (inputs: Record<string, Tensor>, attrs: NonNullable<Call['attrs']>, call: Call) => Tensor | Tensor[]): void {
  if (nativeKernel(kernelName)) tf.unregisterKernel(kernelName, 'tensorflow');
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: (call) => tf.tidy(() => run(call.inputs as Record<string, Tensor>, call.attrs ?? {}, call)),
  });
}
