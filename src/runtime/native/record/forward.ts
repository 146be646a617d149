/** Records a computation without a state, such as a prediction, as a graph of TensorFlow that one call runs. */
import { tf, type Tensor } from '../../../core/tensor.ts';
import type { ForwardRecording, ForwardToRecord } from '../../../core/recorder.ts';
import { hostTensor, type Numbers } from '../../../core/hostTensor.ts';
import { atOnce } from '../../../core/phases.ts';
import type { NativeBinding } from '../ops.ts';
import { backendInUse, type Backend } from './backend.ts';
import { capture } from './capture.ts';
import { recordForwardEmbedded } from './embedded.ts';
import { calling, encodeGraph, encodeSavedModel, type Graph, type GraphFunction, type Node } from './graph.ts';
import { openSession, type Session } from './session.ts';
import { configs, openDirect, type DirectSession } from './sessionAddon.ts';
import { isWorthSharing, type Work } from './work.ts';

interface Port { readonly name: string; readonly dtype: number; readonly shape: readonly number[] }
/** `shape`: that of the output for inputs of zeros. */
interface Output { readonly reference: string; readonly dtype: number; readonly shape: readonly number[] }
interface Traced { readonly inputs: readonly Port[]; readonly nodes: readonly Node[]; readonly outputs: readonly Output[]; readonly work: Work }

function trace({ inputs, weights = [], compute }: ForwardToRecord): Traced | string {
  const backend = backendInUse();
  const tensors = inputs.map(({ shape, dtype }) => tf.zeros([...shape], dtype));
  try {
    const ports = tensors.map(({ dataId, shape }, i): Port => ({ name: `x${i}`, dtype: backend.tensorMap.get(dataId).dtype, shape }));
    const { results, references, nodes, work, declined } = atOnce(capture(backend, tensors.map((tensor, i) => ({ tensor, reference: ports[i]!.name })), () => compute(tensors, weights)));
    return declined ?? { inputs: ports, nodes, outputs: references.map((reference, i) => ({ reference, dtype: results[i]!.dtype, shape: results[i]!.shape })), work };
  } finally {
    tf.dispose(tensors);
  }
}

function graphOf({ inputs, nodes, outputs }: Traced): Graph {
  const forward: GraphFunction = {
    name: 'forward',
    inputs: Object.fromEntries(inputs.map(({ name, dtype }) => [name, dtype])),
    outputs: Object.fromEntries(outputs.map(({ reference, dtype }, i) => [`y${i}`, { type: dtype, value: reference }])),
    nodes,
  };
  return calling(forward, inputs.map(({ shape }) => shape));
}

/** Numbers in the type that TensorFlow takes them in. */
const numbersFor = (binding: NativeBinding, dtype: number, values: ArrayLike<number>): Float32Array | Int32Array => {
  if (dtype === binding.TF_INT32) return values instanceof Int32Array ? values : Int32Array.from(values);
  return values instanceof Float32Array ? values : Float32Array.from(values);
};

const zeros = ({ inputs }: Traced) => inputs.map(({ shape }) => new Float32Array(tf.util.sizeFromShape([...shape])));

/** A recording that may find that it cannot hold the outputs. */
interface Direct { run(values: readonly ArrayLike<number>[]): readonly Tensor[] | undefined; dispose(): void }

/** A recording without tensors of the addon's, if there can be one. */
function onNumbers({ binding }: Backend, traced: Traced, graph: Graph): Direct | undefined {
  const kinds = new Map([
    [binding.TF_FLOAT, { dtype: 'float32', Array: Float32Array }], [binding.TF_INT32, { dtype: 'int32', Array: Int32Array }], [binding.TF_BOOL, { dtype: 'bool', Array: Uint8Array }],
  ] as const);
  const { inputs, outputs } = traced;
  if (!outputs.every(({ dtype }) => kinds.has(dtype))) return undefined;
  const results = outputs.map(({ dtype, shape }) => ({ ...kinds.get(dtype)!, shape, size: tf.util.sizeFromShape([...shape]) }));
  const record = (session: DirectSession): Direct => ({
    run(values) {
      const numbers: Numbers[] = [];
      for (let i = 0; i < inputs.length; i++) numbers.push(numbersFor(binding, inputs[i]!.dtype, values[i]!));
      for (const { Array, size } of results) numbers.push(new Array(size));
      if (!session.run(numbers)) return undefined;
      return results.map(({ shape, dtype }, i) => hostTensor(numbers[inputs.length + i]!, shape, dtype));
    },
    dispose: () => session.close(),
  });
  let session: DirectSession | undefined;
  try {
    session = openDirect(graph, isWorthSharing(traced.work) ? configs.direct : configs.alone, { inputs: inputs.length, outputs: outputs.length });
    const recording = session && record(session);
    tf.dispose([...recording?.run(zeros(traced)) ?? []]);
    return recording;
  } catch {
    // There may be operations that only sessions of the usual kind run.
    session?.close();
    return undefined;
  }
}

/** @throws Error with TensorFlow's words if it refuses the graph */
function onTensors(backend: Backend, traced: Traced, graph: Graph): ForwardRecording {
  const { binding } = backend;
  const { inputs, outputs } = traced;
  const run = (session: Session, values: readonly ArrayLike<number>[]) => {
    const ids = inputs.map(({ dtype, shape }, i) => binding.createTensor(shape, dtype, numbersFor(binding, dtype, values[i]!)));
    try {
      return session.run(ids);
    } finally {
      for (const id of ids) binding.deleteTensor(id);
    }
  };
  const session = openSession(binding, { inputs: inputs.length, outputs: outputs.length }, encodeSavedModel(encodeGraph(graph)));
  try {
    // Whatever TensorFlow does not like about the graph it says at the first run, in which it optimizes it.
    for (const { id } of run(session, zeros(traced))) binding.deleteTensor(id);
  } catch (error) {
    session.close();
    throw error;
  }
  return { run: (values) => run(session, values).map((output) => backend.createOutputTensor(output)), dispose: () => session.close() };
}

export function recordForward(given: ForwardToRecord): { readonly recording: ForwardRecording } | { readonly declined: string } {
  const embedded = recordForwardEmbedded(given);
  if (embedded) return { recording: embedded };
  const traced = trace(given);
  if (typeof traced === 'string') return { declined: traced };
  const backend = backendInUse();
  const graph = graphOf(traced);
  try {
    const direct = onNumbers(backend, traced, graph);
    let tensors = direct ? undefined : onTensors(backend, traced, graph);
    return {
      recording: {
        run: (values) => direct?.run(values) ?? (tensors ??= onTensors(backend, traced, graph)).run(values),
        dispose() {
          direct?.dispose();
          tensors?.dispose();
        },
      },
    };
  } catch (error) {
    return { declined: `TensorFlow refuses its graph: ${error instanceof Error ? error.message : String(error)}` };
  }
}
