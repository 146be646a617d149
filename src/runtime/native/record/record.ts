/** Records a step on the native engine: its operations become a graph of TensorFlow. */
import { ModelError } from '../../../core/errors.ts';
import type { Phases } from '../../../core/phases.ts';
import type { Tensor } from '../../../core/tensor.ts';
import { changeOf, type Recorded, type Recorder, type Recording, type StepToRecord } from '../../../core/recorder.ts';
import { backendInUse, type Backend } from './backend.ts';
import { capture } from './capture.ts';
import { recordEmbedded, suitsEmbedded } from './embedded.ts';
import { inPhases } from './deferral.ts';
import { recordForward } from './forward.ts';
import { programFor, release, type Places, type Program } from './program.ts';
import { batchReference, dataPort, endsOf, statePort, type Step } from './step.ts';
import { assign, duplicate, standby } from './tensors.ts';
import { compiles } from './xla.ts';

const typeOf = (backend: Backend, tensor: Tensor) => backend.tensorMap.get(tensor.dataId).dtype;

/** The step as nodes, or why it cannot be put so. */
function* traceStep(backend: Backend, { state, batch, data, step }: StepToRecord): Phases<Step | string> {
  const ports = state.map((tensor, i) => statePort(i, tensor, typeOf(backend, tensor)));
  const inputs = [...state.map((tensor, i) => ({ tensor, reference: ports[i]!.name })), ...batch.map((tensor, i) => ({ tensor, reference: batchReference(i) }))];
  const { results, references, nodes, work, declined } = yield* capture(backend, inputs, () => step(state, batch));
  const refusal = declined ?? changeOf(state, results.map(({ type, shape }) => ({ dtype: type, shape })));
  if (refusal !== undefined) return refusal;
  return { data: data.map((tensor, i) => dataPort(i, tensor, typeOf(backend, tensor))), state: ports, nodes, work, results: references, batchSize: batch[0]!.shape[0]! };
}

function* record(given: StepToRecord): Phases<Recorded> {
  const backend = backendInUse();
  const { state, data } = given;
  const embedded = suitsEmbedded(given) ? yield* recordEmbedded(given) : undefined;
  if (embedded) return { recording: embedded };
  const step = yield* traceStep(backend, given);
  if (typeof step === 'string') return { declined: step };
  if (step.results.every((result, i) => result === step.state[i]!.name)) return { recording: { run: () => {}, from: () => {}, bytes: 0, dispose: () => {} } };
  let ready: Program;
  let source = data;
  const { gathers, reads, writes } = endsOf(step);
  const places = (): Places => ({ reads: [...gathers.map((i) => source[i]!), ...reads.map((i) => state[i]!)], writes: writes.map((i) => state[i]!) });
  try {
    yield;
    ready = yield* programFor(step, given.steps ?? 0, places);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    return { declined: `TensorFlow refuses its graph: ${error instanceof Error ? error.message : String(error)}` };
  }
  const { runner } = ready;
  const recording: Recording = {
    run: (order) => runner.run(order, places()),
    ...(runner.runBeside && { runBeside: (order) => runner.runBeside!(order, places()), takesLong: (steps) => runner.takesLong!(steps) }),
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

export const recorder: Recorder = { exact: false, record, recordForward, inPhases, duplicate, assign, standby };
