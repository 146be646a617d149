/** Where batches come from: arrays, or an iterable of batches. */
import { ModelError } from '../core/errors.ts';
import type { Loss } from '../core/loss.ts';
import { fits, show } from '../core/shape.ts';
import { losses } from '../losses/index.ts';
import type { Network } from '../model/network.ts';
import { checkBatch, datasetBatches, iterate, permutation, type BatchData, type BatchStream } from './batches.ts';
import { comparesOutput, type Compiled } from './compile.ts';
import { checkSize, readInputs, readTargets, takeBatch, type Batch, type Data, type Dataset, type Port } from './dataset.ts';
import { readWeights, type ClassWeight, type Weights } from './sampleWeights.ts';

export interface Source {
  /** Batches in an epoch, if that is known. */
  readonly steps: number | undefined;
  /** Batches of an epoch, from one on. */
  batches(epoch: number, from?: number): AsyncIterator<Batch> | Iterator<Batch>;
  /** The same on the host, where batches come one by one. */
  fed?(epoch: number, from?: number): AsyncIterator<Dataset>;
  /** Passes over what training has seen before: whole epochs of an iterable that goes on, and batches of the epoch that has begun. */
  pass?(epochs: number, batches: number): Promise<void>;
  /** Where all examples are at hand: them, and in which order an epoch takes them. */
  readonly whole?: { readonly dataset: Dataset; readonly batchSize: number; order(epoch: number): Uint32Array };
  /** Lets go of what outlives an epoch. */
  close?(): Promise<void>;
}

export interface Context { readonly where: string; readonly network: Network; readonly compiled: Compiled; readonly ports: readonly Port[] }

/** Losses whose targets have another shape than the predictions. */
const labelled = new Set(['sparseCategoricalCrossentropy', 'categoricalGeneralizedCrossEntropy', 'circle', 'ctc']);

/** What is wrong with targets, before a loss or an engine stumbles over it. */
function checkTargets({ where, compiled, network }: Context, targets: Dataset['y']): void {
  compiled.objectives.forEach(({ loss, name }, i) => {
    const target = targets[i];
    if (!target || !loss || !('kind' in loss)) return;
    const { problemWith, kind } = loss as Loss;
    const place = targets.length > 1 ? `${where}: y "${name}"` : `${where}: y`;
    const output = network.graph.outputs[i]!.shape;
    const example = target.shape.slice(1);
    if (kind === 'sparseCategoricalCrossentropy' && output.at(-1) !== 1 && example.length === output.length && example.at(-1) !== 1) {
      throw new ModelError(place, `must be labels of shape ${show(output.slice(0, -1))}, one whole number for each example or step, got ${show(example)}; for one-hot rows use categoricalCrossentropy`);
    }
    const problem = problemWith?.({ data: target.data as never, shape: target.shape }, [null, ...output]);
    if (problem) throw new ModelError(place, problem);
    // What users' own losses take is theirs to judge.
    if (!Object.hasOwn(losses, kind) || labelled.has(kind) || fits(output, example)) return;
    throw new ModelError(place, `must have examples of shape ${show(output)}, as the model gives them, got ${example.length === 0 ? 'single numbers' : show(example)}`);
  });
}

/** Reads and checks all data at once. */
export function readDataset(context: Context, x: Data, y: Data | undefined, weights: Weights): Dataset {
  const { where, network, ports, compiled } = context;
  const inputs = readInputs(`${where}: x`, x, ports, network.inputs);
  const length = inputs[0]!.shape[0]!;
  const outputs = { names: network.outputNames, structure: network.outputs, shapes: network.graph.outputs.map(({ shape }) => shape) };
  const targets = readTargets(`${where}: y`, y, { ...outputs, needed: (i) => comparesOutput(compiled.objectives[i]!) }, length);
  checkTargets(context, targets);
  return { x: inputs, y: targets, weights: readWeights(where, weights, { y: targets, ...outputs }), length };
}

interface Order { readonly batchSize: number; readonly shuffleSeed?: number; readonly stepsPerEpoch?: number | undefined }

/** An epoch is every example once: in order, or shuffled anew by seed and epoch. */
export function datasetSource({ where, ports }: Context, data: Dataset, { batchSize, shuffleSeed, stepsPerEpoch }: Order): Source {
  checkSize(where, data.length, ports);
  const all = Math.ceil(data.length / batchSize);
  const steps = Math.min(stepsPerEpoch ?? all, all);
  const inOrder = Uint32Array.from({ length: data.length }, (_, i) => i);
  const order = (epoch: number) => (shuffleSeed === undefined ? inOrder : permutation(data.length, shuffleSeed, epoch)).subarray(0, steps * batchSize);
  return {
    steps,
    whole: { dataset: data, batchSize, order },
    batches: (epoch, from = 0) => datasetBatches(data, ports, { batchSize, order: order(epoch).subarray(from * batchSize) }),
  };
}

/** An epoch is one way through the iterable, or the next `stepsPerEpoch` batches of one that goes on. */
export function streamSource(
  context: Context, stream: BatchStream,
  { stepsPerEpoch, classWeight, stepsOption = 'stepsPerEpoch' }: { stepsPerEpoch?: number | undefined; classWeight?: ClassWeight | undefined; stepsOption?: string },
): Source {
  const { where, ports } = context;
  const goesOn = stepsPerEpoch !== undefined;
  let running: AsyncIterator<BatchData> | Iterator<BatchData> | undefined;
  let steps = stepsPerEpoch;
  const close = async (): Promise<void> => {
    const iterator = running;
    running = undefined;
    await iterator?.return?.();
  };
  async function* fed(_: number, from = 0): AsyncGenerator<Dataset> {
    running ??= iterate(stream);
    let count = from;
    try {
      for (; !goesOn || count < stepsPerEpoch; count++) {
        const next = await running.next();
        if (next.done) {
          running = undefined;
          break;
        }
        const at = `${where}, batch ${count + 1}`;
        const [x, y, sampleWeight] = checkBatch(at, next.value);
        const data = readDataset({ ...context, where: at }, x, y, { sampleWeight, classWeight });
        checkSize(at, data.length, ports);
        yield data;
      }
    } finally {
      if (!goesOn) await close();
    }
    if (count === 0) throw new ModelError(where, `the iterable gave no batch; give an object whose iterator starts anew each time, or ${stepsOption} for one that goes on`);
    if (goesOn && count < stepsPerEpoch) throw new ModelError(where, `the iterable ended after ${count} of ${stepsPerEpoch} batches; make it go on, or lower ${stepsOption}`);
    steps = count;
  }
  return {
    get steps() {
      return steps;
    },
    close,
    fed,
    async pass(epochs, batches) {
      running = iterate(stream);
      for (let left = batches + (stepsPerEpoch ?? 0) * epochs; left > 0 && !(await running.next()).done;) left--;
    },
    async *batches(epoch, from) {
      for await (const data of fed(epoch, from)) yield takeBatch(data, Uint32Array.from({ length: data.length }, (_, i) => i), ports);
    },
  };
}
