/** Records a step on the native engine: its operations become one graph of TensorFlow, with the loop over batches inside. */
import { ModelError } from '../../../core/errors.ts';
import type { Phases } from '../../../core/phases.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import type { Recorded, Recorder, Recording, StepToRecord } from '../../../core/recorder.ts';
import { capture } from './capture.ts';
import type { TensorMetadata } from '../ops.ts';
import { recordForward } from './forward.ts';
import { batchReference, dataPort, statePort, type Epoch, type Step } from './epoch.ts';
import { programFor, release, type Program } from './program.ts';
import { assign, backendInUse, duplicate, idsOf, replace, standby, type Backend } from './tensors.ts';
import { compiles } from './xla.ts';

const typeOf = (backend: Backend, tensor: Tensor) => backend.tensorMap.get(tensor.dataId).dtype;

/** The step as nodes, or why it cannot be put so. */
function traceStep(backend: Backend, { state, batch, data, step }: StepToRecord): Step | string {
  const ports = state.map((tensor, i) => statePort(i, tensor, typeOf(backend, tensor)));
  const inputs = [...state.map((tensor, i) => ({ tensor, reference: ports[i]!.name })), ...batch.map((tensor, i) => ({ tensor, reference: batchReference(i) }))];
  return tf.tidy(() => {
    const { results, references, nodes, products, declined } = capture(backend, inputs, () => step(state, batch));
    if (declined !== undefined) return declined as never;
    const changed = results.find((result, i) => result.dtype !== state[i]!.dtype || !tf.util.arraysEqual(result.shape, state[i]!.shape));
    if (changed) return `a part of its state comes out as ${changed.dtype} [${changed.shape.join(', ')}], other than it went in` as never;
    return {
      data: data.map((tensor, i) => dataPort(i, tensor, typeOf(backend, tensor))), state: ports, nodes, products, results: references, batchSize: batch[0]!.shape[0]!,
    } as never;
  }) as unknown as Step | string;
}

function* record(given: StepToRecord): Phases<Recorded> {
  const backend = backendInUse();
  const { state, data } = given;
  const step = traceStep(backend, given);
  if (typeof step === 'string') return { declined: step };
  if (step.results.every((result, i) => result === step.state[i]!.name)) return { recording: { run: () => {}, from: () => {}, bytes: 0, dispose: () => {} } };
  let ready: Program;
  let source = data;
  const inputsOf = ({ gathers, reads }: Epoch) => [...gathers.map((i) => source[i]!), ...reads.map((i) => state[i]!)];
  try {
    yield;
    ready = yield* programFor(backend.binding, step, given.steps ?? 0, (epoch) => idsOf(inputsOf(epoch)));
  } catch (error) {
    if (error instanceof ModelError) throw error;
    return { declined: `TensorFlow refuses its graph: ${error instanceof Error ? error.message : String(error)}` };
  }
  const accept = (outputs: readonly TensorMetadata[]) => ready.epoch.writes.forEach((i, at) => replace(state[i]!, outputs[at]!.id));
  const recording: Recording = {
    run: (order) => ready.run(order, () => idsOf(inputsOf(ready.epoch)), accept),
    from: (other) => void (source = other),
    bytes: 0,
    suits: (steps) => compiles(step, steps) === compiles(step, given.steps ?? 0),
    get proven() {
      return ready.proven;
    },
    prove: () => void (ready.proven = true),
    dispose: () => release(ready),
  };
  return { recording };
}

export const recorder: Recorder = { exact: false, record, recordForward, duplicate, assign, standby };
