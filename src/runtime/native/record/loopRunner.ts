/** Steps as a graph with the loop over batches inside, which tfjs-node's addon runs, and XLA may compile. */
import type { NativeBinding, TensorMetadata } from '../ops.ts';
import { epochGraph } from './epoch.ts';
import { encodeSavedModel, type Graph } from './graph.ts';
import type { Places, Runner } from './program.ts';
import { openSession, type Session } from './session.ts';
import { endsOf, type Step } from './step.ts';
import { idsOf, replace } from './tensors.ts';

/** Steps that a run of XLA's program has room for: its shapes are fixed. */
export const roomOfLoop = 512;

export const loopGraph = (step: Step, xla: boolean): Graph => epochGraph(step, { xla, ...(xla && { capacity: roomOfLoop }) });

export class LoopRunner implements Runner {
  readonly #binding: NativeBinding;
  readonly #batchSize: number;
  /** Steps that a run has room for at most, and always has if there is a limit. */
  readonly #room: number | undefined;
  readonly #session: Session;
  #prepared = false;

  /** @param graph - bytes of a GraphDef */
  constructor(binding: NativeBinding, step: Step, graph: Uint8Array, xla: boolean) {
    this.#binding = binding;
    this.#batchSize = step.batchSize;
    this.#room = xla ? roomOfLoop : undefined;
    const { gathers, reads, writes } = endsOf(step);
    // The limit and the order come first.
    this.#session = openSession(binding, { inputs: 2 + gathers.length + reads.length, outputs: writes.length }, encodeSavedModel(graph));
  }

  #run(rows: Uint32Array, others: readonly number[]): TensorMetadata[] {
    const binding = this.#binding;
    const steps = rows.length / this.#batchSize;
    const room = this.#room ?? steps;
    const order = new Int32Array(room * this.#batchSize);
    order.set(rows);
    const limit = binding.createTensor([], binding.TF_INT32, Int32Array.of(steps));
    const orderId = binding.createTensor([room, this.#batchSize], binding.TF_INT32, order);
    try {
      return this.#session.run([limit, orderId, ...others]);
    } finally {
      binding.deleteTensor(limit);
      binding.deleteTensor(orderId);
    }
  }

  *prepare({ reads }: Places): Generator<never, void> {
    if (this.#prepared) return;
    // A run of no steps.
    for (const { id } of this.#run(new Uint32Array(0), idsOf(reads))) this.#binding.deleteTensor(id);
    this.#prepared = true;
  }

  run(order: Uint32Array, { reads, writes }: Places): void {
    const most = this.#room === undefined ? order.length : this.#room * this.#batchSize;
    for (let done = 0; done < order.length; done += most) {
      const outputs = this.#run(order.subarray(done, done + most), idsOf(reads));
      writes.forEach((tensor, i) => replace(tensor, outputs[i]!.id));
    }
  }

  close(): void {
    this.#session.close();
  }
}
