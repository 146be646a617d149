import { tf } from '../../core/tensor.ts';
import { heap } from './heap.ts';

/** What a kernel makes; nothing if it leaves this case (a rare type, say) to tfjs's own kernel of the name. */
export type Result = tf.TensorInfo | tf.TensorInfo[] | undefined;

/** Our way to run one of tfjs's kernels. */
export interface Kernel {
  readonly name: string;
  readonly run: (inputs: tf.NamedTensorInfoMap, attributes: object) => Result;
}

/** tfjs-core types every input as possibly missing. */
type Present<Inputs> = { [Name in keyof Inputs]: Exclude<Inputs[Name], undefined> };

/** A kernel with the types of its inputs and attributes, as tfjs-core declares them (`Conv2DInputs`, `Conv2DAttrs`). */
export const kernel = <Inputs, Attributes = object>(name: string, run: (inputs: Present<Inputs>, attributes: Attributes) => Result): Kernel => ({
  name,
  run: (inputs, attributes) => run(inputs as Present<Inputs>, attributes as Attributes),
});

const ours = new WeakSet<tf.KernelFunc>();

/** Whether a kernel goes to the heap by `heap.kernels` alone. */
export const isOurs = (run: tf.KernelFunc): boolean => ours.has(run);

/** Puts our kernel in the place of tfjs's for the WebAssembly engine; that one keeps the cases that ours declines. */
export function install({ name, run }: Kernel): void {
  const stock = tf.getKernel(name, 'wasm') as tf.KernelConfig | undefined;
  if (stock) tf.unregisterKernel(name, 'wasm');
  const left: (parameters: Parameters<tf.KernelFunc>[0]) => Result = (parameters) => {
    heap.settle?.();
    return stock?.kernelFunc(parameters);
  };
  const kernelFunc: tf.KernelFunc = (parameters) => {
    const result = run(parameters.inputs, parameters.attrs ?? {}) ?? left(parameters);
    if (!result) throw new Error(`The WebAssembly engine has no ${name} for ${Object.values(parameters.inputs).map((input) => input?.dtype).join(', ')} tensors.`);
    return result;
  };
  ours.add(kernelFunc);
  tf.registerKernel({ ...stock, kernelName: name, backendName: 'wasm', kernelFunc });
}
