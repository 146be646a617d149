/**
 * Small steps and predictions on the embedded engine: it takes a fraction of what TensorFlow's executor spends on going from node to node. State stays the
 * native engine's, which gets the numbers back when somebody asks for them; the record is compared with an eager step of TensorFlow's like any other.
 */
import { ModelError } from '../../../core/errors.ts';
import type { Numbers } from '../../../core/hostTensor.ts';
import type { Phases } from '../../../core/phases.ts';
import { recorderOf, type ForwardRecording, type ForwardToRecord, type Recorder, type Recording, type StepToRecord } from '../../../core/recorder.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import { backendInUse, type Entry } from './backend.ts';
import { follow, numbersOf, versionOf, whenGone } from './mirrors.ts';
import { sessionAddon } from './sessionAddon.ts';
import { sizeOf } from './work.ts';

const name = 'wasm';

/**
 * Rows of a batch times numbers of the state (weights, and what the optimizer keeps of each), for each tensor of it, up to which the embedded engine is faster:
 * the products take longer there, what TensorFlow's executor spends goes by the tensors. At 800 it took 0.1 to 0.3 of the time, at 3,300 0.2 to 0.3,
 * at 7,000 a third, at 16,000 to 22,000 0.5 to 0.75, at 33,000 as long, at 36,000 1.3 times as long.
 */
const mostWork = 3 * 2 ** 13;
/** Rows times weights up to which a prediction is faster there: 6.2 times at 272, 1.4 times at 100,000, and as fast at 350,000 to 500,000. */
const mostToPredict = 2 ** 18;
/** Numbers of the data, which lie in both engines' memory. */
const mostData = 2 ** 24;

const count = (tensors: readonly Tensor[]): number => tensors.reduce((total, { size }) => total + size, 0);

interface Shaped { readonly shape: readonly number[]; readonly dtype: string }

/** Rows of a batch, or places in them: where it has sequences, tokens or pictures, weights count at each of their places. */
const places = (batch: readonly Shaped[]): number => Math.max(...batch.map(({ shape, dtype }) => sizeOf(dtype === 'int32' ? shape : shape.slice(0, Math.max(1, shape.length - 1)))));

/** @throws ModelError if IBEX_EMBEDDED is neither off nor auto */
function isAllowed(): boolean {
  const wanted = process.env.IBEX_EMBEDDED || 'auto';
  if (!['off', 'auto'].includes(wanted)) throw new ModelError('IBEX_EMBEDDED', `must be off or auto, got "${wanted}"`);
  // Whoever asks for XLA is not to get something else.
  return wanted === 'auto' && process.env.IBEX_XLA !== 'on' && sessionAddon() !== undefined && recorderOf(name) !== undefined;
}

/** By sizes alone: a step that is recorded twice to find out which engine suits it might be another one the second time. */
export const suitsEmbedded = ({ state, batch, data }: StepToRecord): boolean =>
  isAllowed() && places(batch) * count(state) <= mostWork * state.length && count(data) <= mostData;

/** What tfjs's engine keeps of which backend computes. Its `setBackend` would set the kernels up anew. */
type Engine = Pick<ReturnType<typeof tf.engine>, 'backendName' | 'findBackend'> & { backendInstance: ReturnType<ReturnType<typeof tf.engine>['findBackend']>; moveData?: () => never };

/** Does something while the embedded engine computes. A tensor of the native one cannot be used: it would move, and recordings know where it lies. */
function onEmbedded<T>(work: () => T): T {
  const engine = tf.engine() as unknown as Engine;
  const { backendName, backendInstance } = engine;
  Object.assign(engine, {
    backendName: name,
    backendInstance: engine.findBackend(name),
    moveData() {
      throw new Error('a small step uses a tensor of the native engine');
    },
  });
  try {
    return work();
  } finally {
    delete engine.moveData;
    Object.assign(engine, { backendName, backendInstance });
  }
}

function* phasesOnEmbedded<T>(work: Phases<T>): Phases<T> {
  for (;;) {
    const next = onEmbedded(() => work.next());
    if (next.done) return next.value;
    yield next.value;
  }
}

/** The embedded engine's tensor beside one of the native engine's; nobody counts it. */
class Twin {
  readonly tensor: Tensor;
  readonly #recorder: Recorder;
  readonly #of: Tensor;
  /** That of the native tensor's numbers which it has. */
  #version: number | undefined;

  constructor(recorder: Recorder, of: Tensor) {
    this.#recorder = recorder;
    this.#of = of;
    this.tensor = onEmbedded(() => tf.keep(tf.zeros(of.shape, of.dtype)));
    recorder.standby.hide(this.tensor);
  }

  /** Takes the native tensor's numbers, if they are others than it has. */
  pull(): void {
    const now = versionOf(this.#of);
    if (now === this.#version) return;
    this.#recorder.standby.write(this.tensor, numbersOf(this.#of));
    this.#version = now;
  }

  readonly #read = (): Numbers => onEmbedded(() => {
    const view = this.#recorder.standby.view(this.tensor);
    const numbers = view.dataSync() as Numbers;
    view.dispose();
    return numbers;
  });

  /** Has gone on: the native tensor has its numbers from here on. */
  lead(): void {
    follow(this.#of, this.#read);
    this.#version = versionOf(this.#of);
  }
}

const twins = new WeakMap<Entry, Twin>();

function twinOf(recorder: Recorder, tensor: Tensor): Twin {
  const entry = backendInUse().tensorMap.get(tensor.dataId);
  let twin = twins.get(entry);
  if (!twin) {
    const made = new Twin(recorder, tensor);
    twins.set(entry, (twin = made));
    whenGone(tensor, () => recorder.standby.forget(made.tensor));
  }
  return twin;
}

/** Records a small step; `undefined` if the embedded engine cannot. */
export function* recordEmbedded(given: StepToRecord): Phases<Recording | undefined> {
  const recorder = recorderOf(name)!;
  const twinsOf = (tensors: readonly Tensor[]) => tensors.map((tensor) => twinOf(recorder, tensor));
  const [state, batch] = [twinsOf(given.state), twinsOf(given.batch)];
  let data = twinsOf(given.data);
  // Kept, as others open and close scopes between the phases.
  const views = (of: readonly Twin[]) => onEmbedded(() => of.map(({ tensor }) => tf.keep(recorder.standby.view(tensor))));
  const lent = { state: views(state), batch: views(batch), data: views(data) };
  for (const twin of [...state, ...batch]) twin.pull();
  let recording: Recording;
  try {
    const recorded = yield* phasesOnEmbedded(recorder.record({ ...given, ...lent }));
    if ('declined' in recorded) return undefined;
    ({ recording } = recorded);
  } catch {
    // It may lack an operation. What is wrong with the step itself TensorFlow is going to say.
    return undefined;
  } finally {
    tf.dispose([...lent.state, ...lent.batch, ...lent.data]);
  }
  const hidden = (of: readonly Twin[]) => of.map(({ tensor }) => tensor);
  recording.from(hidden(data));
  return {
    run(order) {
      for (const twin of [...data, ...state]) twin.pull();
      try {
        onEmbedded(() => recording.run(order));
      } finally {
        for (const twin of state) twin.lead();
      }
    },
    from(others) {
      data = twinsOf(others);
      recording.from(hidden(data));
    },
    bytes: recording.bytes,
    dispose: () => recording.dispose(),
  };
}

/** Records a small computation on copies of its weights; `undefined` if it is none, or the embedded engine cannot. */
export function recordForwardEmbedded({ inputs, weights = [], compute }: ForwardToRecord): ForwardRecording | undefined {
  if (!isAllowed() || places(inputs) * count(weights) > mostToPredict) return undefined;
  const recorder = recorderOf(name)!;
  const copies = weights.map((tensor) => {
    const numbers = tensor.dataSync();
    return onEmbedded(() => tf.keep(tf.tensor(numbers, tensor.shape, tensor.dtype)));
  });
  let recording: ForwardRecording | undefined;
  try {
    const recorded = onEmbedded(() => recorder.recordForward!({ inputs, weights: copies, compute }));
    recording = 'recording' in recorded ? recorded.recording : undefined;
  } catch {
    // As above.
  }
  if (!recording) {
    tf.dispose(copies);
    return undefined;
  }
  // The record knows where they lie; nobody is to count them.
  copies.forEach((tensor) => recorder.standby.hide(tensor));
  const { run, dispose } = recording;
  return {
    run,
    dispose() {
      dispose();
      copies.forEach((tensor) => recorder.standby.forget(tensor));
    },
  };
}
