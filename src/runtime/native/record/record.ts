/** Records a step on the native engine: its operations become one graph of TensorFlow, with the loop over batches inside. */
import { tf, type Tensor } from '../../../core/tensor.ts';
import type { Recorded, Recorder, Recording, StepToRecord } from '../../../core/recorder.ts';
import { capture } from './capture.ts';
import { batchReference, buildEpoch, dataPort, statePort, type Step } from './epoch.ts';
import { openSession } from './session.ts';
import { assign, backendInUse, duplicate, idsOf, replace, type Backend } from './tensors.ts';

const typeOf = (backend: Backend, tensor: Tensor) => backend.tensorMap.get(tensor.dataId).dtype;

/** The step as nodes, or why it cannot be put so. */
function traceStep(backend: Backend, { state, batch, data, step }: StepToRecord): Step | string {
  const ports = state.map((tensor, i) => statePort(i, tensor, typeOf(backend, tensor)));
  const inputs = [...state.map((tensor, i) => ({ tensor, reference: ports[i]!.name })), ...batch.map((tensor, i) => ({ tensor, reference: batchReference(i) }))];
  return tf.tidy(() => {
    const { results, references, nodes, declined } = capture(backend, inputs, () => step(state, batch));
    if (declined !== undefined) return declined as never;
    const changed = results.find((result, i) => result.dtype !== state[i]!.dtype || !tf.util.arraysEqual(result.shape, state[i]!.shape));
    if (changed) return `a part of its state comes out as ${changed.dtype} [${changed.shape.join(', ')}], other than it went in` as never;
    return { data: data.map((tensor, i) => dataPort(i, tensor, typeOf(backend, tensor))), state: ports, nodes, results: references, batchSize: batch[0]!.shape[0]! } as never;
  }) as unknown as Step | string;
}

function record(given: StepToRecord): Recorded {
  const backend = backendInUse();
  const { binding } = backend;
  const { state, data } = given;
  const step = traceStep(backend, given);
  if (typeof step === 'string') return { declined: step };
  const epoch = buildEpoch(step, { xla: false });
  if (epoch.writes.length === 0) return { recording: { run: () => {}, dispose: () => {} } };
  const session = openSession(binding, epoch);
  const read = epoch.reads.map((i) => state[i]!);
  const gathered = epoch.gathers.map((i) => data[i]!);
  const recording: Recording = {
    run(rows) {
      const steps = rows.length / step.batchSize;
      const limit = binding.createTensor([], binding.TF_INT32, Int32Array.of(steps));
      const order = binding.createTensor([steps, step.batchSize], binding.TF_INT32, Int32Array.from(rows));
      try {
        const outputs = session.run([limit, order, ...idsOf([...gathered, ...read])]);
        epoch.writes.forEach((i, at) => replace(state[i]!, outputs[at]!.id));
      } finally {
        binding.deleteTensor(limit);
        binding.deleteTensor(order);
      }
    },
    dispose: () => session.close(),
  };
  return { recording };
}

export const recorder: Recorder = { record, duplicate, assign };
