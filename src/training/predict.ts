/** `predict`: outputs for inputs, batch by batch. */
import { z } from 'zod';
import { timesLearnt } from '../core/adapt.ts';
import { parseOptions } from '../core/errors.ts';
import { recorderOf, timesSwitched, type ForwardRecording } from '../core/recorder.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { forward } from '../model/forward.ts';
import type { Network } from '../model/network.ts';
import { restore } from '../model/structure.ts';
import { timesChanged } from '../model/variables.ts';
import { rowsToTensor, type HostArray } from './data.ts';
import { joinBatches } from './joinBatches.ts';
import { Recent } from './recent.ts';
import { numbersLike } from './alike.ts';
import { batchSizeOf, checkSize, readInputs, type Data, type Port } from './dataset.ts';

export interface PredictOptions {
  /** Examples that go through the model at once; default 32. */
  readonly batchSize?: number | undefined;
}

const options = z.strictObject({ batchSize: z.int().positive().optional() });

const isEmpty = (given: unknown): boolean => typeof given === 'object' && given !== null && Object.keys(given).length === 0;

/** Batches of one shape that are run before a recording is worth its while. */
const worthRecording = 3;
/** Shapes of batches that are remembered; a loop over data has two: full batches, and the rest. */
const remembered = 4;

interface Known { runs: number; recording: ForwardRecording | undefined; readonly backend: string; readonly switches: number; readonly learnings: number; readonly weights: readonly Tensor[] }

/** A call that one recording answered, and what has to be as it was for the recording to answer the next. */
interface Answered {
  readonly shape: readonly number[];
  readonly length: number;
  readonly recording: ForwardRecording;
  readonly backend: string;
  readonly switches: number;
  readonly learnings: number;
  readonly changes: number;
}

/** Whether two arrays hold examples of one shape. */
function sameExample(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let axis = 1; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** Answers for one network. Batches of a shape that comes again and again are replayed from a record, as long as the weights stay. */
export class Predictor {
  readonly #network: Network;
  readonly #ports: readonly Port[];
  readonly #shapes = new Recent<Known>(remembered, ({ recording }) => recording?.dispose());
  /** What was asked for last, which most often is asked for again. */
  #last: { readonly size: number; readonly shapes: readonly (readonly number[])[]; readonly known: Known } | undefined;
  /** The last call, if its like needs no more checks: data for one input, one batch of the default size, recorded. */
  #answered: Answered | undefined;

  constructor(network: Network, ports: readonly Port[]) {
    this.#network = network;
    this.#ports = ports;
  }

  get #weights(): readonly Tensor[] {
    return this.#network.variables.map(({ tensor }) => tensor);
  }

  predict(x: Data, given?: PredictOptions): Tensor | Tensor[] | Record<string, Tensor> {
    const outputs = given === undefined ? this.#again(x) : undefined;
    return outputs ? restore(outputs, this.#network.outputs) : this.#anew(x, given);
  }

  /** Answers what is like the last call. */
  #again(x: Data): readonly Tensor[] | undefined {
    const last = this.#answered;
    if (last === undefined || last.changes !== timesChanged() || last.learnings !== timesLearnt() || last.switches !== timesSwitched() || last.backend !== tf.getBackend()) return undefined;
    const numbers = numbersLike(x, last.shape, last.length);
    return numbers && last.recording.run([numbers]);
  }

  #anew(x: Data, given: PredictOptions = {}): Tensor | Tensor[] | Record<string, Tensor> {
    // Its recording may have to go for others.
    this.#answered = undefined;
    const ports = this.#ports;
    const network = this.#network;
    const batchSize = batchSizeOf('predict', isEmpty(given) ? undefined : parseOptions('predict', options, given).batchSize, ports);
    const inputs = readInputs('predict: x', x, ports, network.inputs);
    const length = inputs[0]!.shape[0]!;
    checkSize('predict: x', length, ports);
    if (length <= batchSize) {
      const outputs = this.#batch(inputs, 0, length);
      if (isEmpty(given) && inputs.length === 1 && ports[0]!.dtype === 'float32' && !ports[0]!.choices) this.#remember(inputs[0]!);
      return restore(outputs, network.outputs);
    }
    const results = tf.tidy(() => {
      const parts: (readonly Tensor[])[] = [];
      for (let at = 0; at < length; at += batchSize) parts.push(this.#batch(inputs, at, Math.min(batchSize, length - at)));
      return network.graph.outputs.map(({ node }, i) => joinBatches(node.layer?.name ?? 'input', parts.map((part) => part[i]!)));
    });
    return restore(results, network.outputs);
  }

  #remember({ shape, data: { length } }: HostArray): void {
    const { recording, backend, switches, learnings } = this.#last!.known;
    if (recording) this.#answered = { shape: [...shape], length, recording, backend, switches, learnings, changes: timesChanged() };
  }

  #batch(inputs: readonly HostArray[], at: number, size: number): readonly Tensor[] {
    const known = this.#known(inputs, size);
    // Within a gradient the tape holds on to tensors, and in the end frees what a recording would take for its own.
    const recording = known.recording ?? (tf.engine().state.gradientDepth === 0 && ++known.runs === worthRecording ? this.#record(known, inputs, size) : undefined);
    if (!recording) return this.#eagerly(inputs, at, size);
    try {
      return recording.run(inputs.map(({ data, shape }) => {
        const width = data.length / shape[0]!;
        const numbers = data as Float32Array;
        return size === shape[0] ? numbers : numbers.subarray(at * width, (at + size) * width);
      }));
    } catch (error) {
      // A layer that fails says more of itself than a record of it.
      tf.dispose(this.#eagerly(inputs, at, size) as Tensor[]);
      throw error;
    }
  }

  #eagerly(inputs: readonly HostArray[], at: number, size: number): readonly Tensor[] {
    return tf.tidy(() => {
      const rows = Uint32Array.from({ length: size }, (_, i) => at + i);
      return this.#compute(inputs.map((array, i) => rowsToTensor(array, rows, this.#ports[i]!.dtype))) as Tensor[];
    });
  }

  #compute(tensors: readonly Tensor[], weights = this.#weights): readonly Tensor[] {
    const values = new Map(this.#network.variables.map((variable, i) => [variable, weights[i]!]));
    const { outputs, updates } = forward(this.#network.graph, tensors, { values, training: false });
    for (const [variable, tensor] of updates) variable.replace(tf.keep(tf.clone(tensor)));
    // A result that is a weight or an input itself would be disposed of with it: hence the clone.
    return outputs.map(({ tensor }) => tf.clone(tensor));
  }

  /** What is known of batches of this shape; forgotten once a weight has changed, or a layer has learnt. */
  #known(inputs: readonly HostArray[], size: number): Known {
    const last = this.#last;
    if (last?.size === size && this.#holds(last.known) && inputs.every(({ shape }, i) => sameExample(shape, last.shapes[i]!))) return last.known;
    const known = this.#remembered(inputs, size);
    this.#last = { size, shapes: inputs.map(({ shape }) => [...shape]), known };
    return known;
  }

  #holds({ backend, switches, learnings, weights }: Known): boolean {
    if (backend !== tf.getBackend() || switches !== timesSwitched() || learnings !== timesLearnt()) return false;
    const { variables } = this.#network;
    for (let i = 0; i < weights.length; i++) if (variables[i]!.tensor !== weights[i]) return false;
    return true;
  }

  #remembered(inputs: readonly HostArray[], size: number): Known {
    const key = [size, ...inputs.flatMap(({ shape }) => shape.slice(1))].join();
    const known = this.#shapes.get(key);
    if (known && this.#holds(known)) return known;
    const fresh: Known = { runs: 0, recording: undefined, backend: tf.getBackend(), switches: timesSwitched(), learnings: timesLearnt(), weights: this.#weights };
    this.#shapes.set(key, fresh);
    return fresh;
  }

  #record(known: Known, inputs: readonly HostArray[], size: number): ForwardRecording | undefined {
    const record = recorderOf(known.backend)?.recordForward;
    // What layers remember from call to call is not the recording's to keep.
    if (!record || this.#network.variables.some(({ spec }) => !spec.saved)) return undefined;
    const dtypes = this.#ports.map(({ dtype }) => dtype);
    if (dtypes.some((dtype) => dtype !== 'float32' && dtype !== 'int32')) return undefined;
    const recorded = record({
      inputs: inputs.map(({ shape }, i) => ({ shape: [size, ...shape.slice(1)], dtype: dtypes[i] as 'float32' | 'int32' })),
      weights: known.weights,
      compute: (tensors, weights) => this.#compute(tensors, weights),
    });
    return 'recording' in recorded ? (known.recording = recorded.recording) : undefined;
  }

  dispose(): void {
    this.#shapes.clear();
    this.#last = undefined;
    this.#answered = undefined;
  }
}
