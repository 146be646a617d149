/** Records a computation without a state, such as a prediction, as a graph of TensorFlow that one call runs. */
import { tf, type Tensor } from '../../../core/tensor.ts';
import type { ForwardRecording, ForwardToRecord } from '../../../core/recorder.ts';
import type { NativeBinding } from '../ops.ts';
import { capture } from './capture.ts';
import { attr, encodeSavedModel, type Graph, type GraphFunction, type Node } from './graph.ts';
import { openSession, type Session } from './session.ts';
import { backendInUse } from './tensors.ts';

interface Port { readonly name: string; readonly dtype: number; readonly shape: readonly number[] }
interface Traced { readonly inputs: readonly Port[]; readonly nodes: readonly Node[]; readonly outputs: readonly { readonly reference: string; readonly dtype: number }[] }

function trace({ inputs, compute }: ForwardToRecord): Traced | string {
  const backend = backendInUse();
  const typeOf = (tensor: Tensor) => backend.tensorMap.get(tensor.dataId).dtype;
  return tf.tidy(() => {
    const tensors = inputs.map(({ shape, dtype }) => tf.zeros([...shape], dtype));
    backend.getInputTensorIds(tensors);
    const ports = tensors.map((tensor, i): Port => ({ name: `x${i}`, dtype: typeOf(tensor), shape: tensor.shape }));
    const { results, references, nodes, declined } = capture(backend, tensors.map((tensor, i) => ({ tensor, reference: ports[i]!.name })), () => compute(tensors));
    return (declined ?? { inputs: ports, nodes, outputs: references.map((reference, i) => ({ reference, dtype: typeOf(results[i]!) })) }) as never;
  }) as unknown as Traced | string;
}

function graphOf({ inputs, nodes, outputs }: Traced): Graph {
  const forward: GraphFunction = {
    name: 'forward',
    inputs: Object.fromEntries(inputs.map(({ name, dtype }) => [name, dtype])),
    outputs: Object.fromEntries(outputs.map(({ reference, dtype }, i) => [`y${i}`, { type: dtype, value: reference }])),
    nodes,
  };
  const placeholders = inputs.map(({ name, dtype, shape }): Node => ({ name, op: 'Placeholder', inputs: [], attrs: { dtype: attr.type(dtype), shape: attr.shape(shape) } }));
  const call: Node = {
    name: 'call', op: 'PartitionedCall', inputs: inputs.map(({ name }) => name),
    attrs: { f: attr.function(forward.name), Tin: attr.types(inputs.map(({ dtype }) => dtype)), Tout: attr.types(outputs.map(({ dtype }) => dtype)) },
  };
  return { nodes: [...placeholders, call], functions: [forward] };
}

/** Numbers in the type that TensorFlow takes them in. */
const numbersFor = (binding: NativeBinding, dtype: number, values: ArrayLike<number>): Float32Array | Int32Array => {
  if (dtype === binding.TF_INT32) return values instanceof Int32Array ? values : Int32Array.from(values);
  return values instanceof Float32Array ? values : Float32Array.from(values);
};

export function recordForward(given: ForwardToRecord): { readonly recording: ForwardRecording } | { readonly declined: string } {
  const traced = trace(given);
  if (typeof traced === 'string') return { declined: traced };
  const backend = backendInUse();
  const { binding } = backend;
  const run = (session: Session, values: readonly ArrayLike<number>[]) => {
    const ids = traced.inputs.map(({ dtype, shape }, i) => binding.createTensor(shape, dtype, numbersFor(binding, dtype, values[i]!)));
    try {
      return session.run(ids);
    } finally {
      for (const id of ids) binding.deleteTensor(id);
    }
  };
  let session: Session | undefined;
  try {
    const opened = openSession(binding, { inputNames: traced.inputs.map(({ name }) => `${name}:0`).join(','), outputNames: traced.outputs.map((_, i) => `call:${i}`).join(',') }, encodeSavedModel(graphOf(traced)));
    session = opened;
    // Whatever TensorFlow does not like about the graph it says at the first run, in which it optimizes it.
    for (const { id } of run(opened, traced.inputs.map(({ shape }) => new Float32Array(tf.util.sizeFromShape([...shape]))))) binding.deleteTensor(id);
    return { recording: { run: (values) => run(opened, values).map((output) => backend.createOutputTensor(output)), dispose: () => opened.close() } };
  } catch (error) {
    session?.close();
    return { declined: `TensorFlow refuses its graph: ${error instanceof Error ? error.message : String(error)}` };
  }
}
