/** Where batches come from: arrays, or an iterable of batches. */
import { ModelError } from '../core/errors.ts';
import type { Loss } from '../core/loss.ts';
import { fits, show } from '../core/shape.ts';
import type { Network } from '../model/network.ts';
import { checkBatch, datasetBatches, iterate, permutation, type BatchData, type BatchStream } from './batches.ts';
import type { Compiled } from './compile.ts';
import { readInputs, readTargets, readWeights, takeBatch, type Batch, type ClassWeight, type Data, type Dataset, type Port } from './dataset.ts';
import type { HostArray } from './data.ts';

export interface Source {
  /** Batches in an epoch, if that is known. */
  readonly steps: number | undefined;
  /** Batches of an epoch, from one on. */
  batches(epoch: number, from?: number): AsyncIterator<Batch> | Iterator<Batch>;
  /** Where all examples are at hand: them, and in which order an epoch takes them. */
  readonly whole?: { readonly dataset: Dataset; readonly batchSize: number; order(epoch: number): Uint32Array };
}

interface Context { readonly where: string; readonly network: Network; readonly compiled: Compiled; readonly ports: readonly Port[] }
interface Weights { readonly sampleWeight?: Data | undefined; readonly classWeight?: ClassWeight | undefined }

/** What is wrong with targets, before a loss or an engine stumbles over it. */
function checkTargets({ where, compiled, network }: Context, targets: readonly HostArray[]): void {
  compiled.objectives.forEach(({ loss, name }, i) => {
    if (!loss || !('kind' in loss)) return;
    const { problemWith, kind } = loss as Loss;
    const place = targets.length > 1 ? `${where}: y "${name}"` : `${where}: y`;
    const output = network.graph.outputs[i]!.shape;
    const target = targets[i]!;
    if (target.data instanceof Array) throw new ModelError(place, 'must hold numbers, got strings; number the classes from 0');
    const problem = problemWith?.({ data: target.data as never, shape: target.shape }, [null, ...output]);
    if (problem) throw new ModelError(place, problem);
    const example = target.shape.slice(1);
    // The same sizes, or an axis of size 1 at the end more or less; labels in place of one-hot rows are the loss's own to judge.
    const like = (a: readonly (number | null)[], b: readonly number[]) => fits(a, b) || (a.at(-1) === 1 && fits(a.slice(0, -1), b)) || (b.at(-1) === 1 && fits(a, b.slice(0, -1)));
    if (/sparse|ctc/i.test(kind) || like(output, example)) return;
    throw new ModelError(place, `must have examples of shape ${show(output)}, as the model gives them, got ${show(example)}`);
  });
}

/** Reads and checks all data at once. */
export function readDataset(context: Context, x: Data, y: Data | undefined, weights: Weights): Dataset {
  const { where, network, ports } = context;
  const inputs = readInputs(`${where}: x`, x, ports, network.inputs);
  const length = inputs[0]!.shape[0]!;
  const targets = readTargets(`${where}: y`, y, network.outputNames, network.outputs, length);
  checkTargets(context, targets);
  return { x: inputs, y: targets, weights: readWeights(where, weights, targets, network.outputNames, network.outputs), length };
}

/** An epoch is every example once: in order, or shuffled anew by seed and epoch. */
export function datasetSource(data: Dataset, ports: readonly Port[], { batchSize, shuffleSeed, stepsPerEpoch }: { batchSize: number; shuffleSeed?: number; stepsPerEpoch?: number | undefined }): Source {
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
export function streamSource(context: Context, stream: BatchStream, { stepsPerEpoch, classWeight }: { stepsPerEpoch?: number | undefined; classWeight?: ClassWeight | undefined }): Source {
  let running: AsyncIterator<BatchData> | Iterator<BatchData> | undefined;
  let steps = stepsPerEpoch;
  return {
    get steps() {
      return steps;
    },
    async *batches(epoch) {
      const iterator = stepsPerEpoch === undefined ? iterate(stream) : (running ??= iterate(stream));
      let count = 0;
      try {
        for (; stepsPerEpoch === undefined || count < stepsPerEpoch; count++) {
          const next = await iterator.next();
          if (next.done) break;
          const [x, y, sampleWeight] = checkBatch(context.where, next.value);
          const data = readDataset(context, x, y, { sampleWeight, classWeight });
          yield takeBatch(data, Uint32Array.from({ length: data.length }, (_, i) => i), context.ports);
        }
      } finally {
        if (stepsPerEpoch === undefined) await iterator.return?.();
      }
      if (count === 0) throw new ModelError(context.where, `the iterable gave no batch in epoch ${epoch + 1}; give an object whose iterator starts anew each epoch, or stepsPerEpoch for one that goes on`);
      if (stepsPerEpoch !== undefined && count < stepsPerEpoch) throw new ModelError(context.where, `the iterable ended after ${count} of ${stepsPerEpoch} batches of epoch ${epoch + 1}; make it go on, or lower stepsPerEpoch`);
      steps = count;
    },
  };
}

