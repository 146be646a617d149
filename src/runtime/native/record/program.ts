/** Recorded steps as programs that run. They are kept by their graph: who trains the same model again need not wait for TensorFlow to optimize or compile it. */
import { createHash } from 'node:crypto';
import type { Phases } from '../../../core/phases.ts';
import type { NativeBinding, TensorMetadata } from '../ops.ts';
import { buildEpoch, type Epoch, type Step } from './epoch.ts';
import { encodeSavedModel } from './graph.ts';
import { openSession, type Session } from './session.ts';
import { compiles } from './xla.ts';

/** Steps that a run of XLA's program has room for: its shapes are fixed. */
const capacity = 512;
/** Unused programs that are kept. */
const roomForPrograms = 16;

export class Program {
  readonly epoch: Epoch;
  /** How many recordings use it. */
  users = 0;
  /** Whether it was found to compute what a step does. */
  proven = false;
  readonly #binding: NativeBinding;
  readonly #batchSize: number;
  /** Steps that a run has room for at most, and always has if there is a limit. */
  readonly #room: number | undefined;
  readonly #session: Session;
  #prepared = false;

  constructor(binding: NativeBinding, { batchSize }: Step, epoch: Epoch, model: Uint8Array, room: number | undefined) {
    this.#binding = binding;
    this.#batchSize = batchSize;
    this.epoch = epoch;
    this.#room = room;
    this.#session = openSession(binding, epoch, model);
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

  /**
   * A run of no steps, in which TensorFlow optimizes or compiles the graph.
   * @throws Error with TensorFlow's words if it cannot run it
   */
  prepare(inputs: readonly number[]): void {
    if (this.#prepared) return;
    for (const { id } of this.#run(new Uint32Array(0), inputs)) this.#binding.deleteTensor(id);
    this.#prepared = true;
  }

  /**
   * Makes a step for each batch of the order.
   * @param inputs - the addon's numbers of the data and the state as they are now
   * @param accept - takes over what the state is after some of the steps
   */
  run(order: Uint32Array, inputs: () => readonly number[], accept: (outputs: TensorMetadata[]) => void): void {
    const most = this.#room === undefined ? order.length : this.#room * this.#batchSize;
    for (let done = 0; done < order.length; done += most) accept(this.#run(order.subarray(done, done + most), inputs()));
  }

  close(): void {
    this.#session.close();
  }
}

const programs = new Map<string, Program>();

/** Lets go of the programs that have gone unused longest. */
function tidyUp(): void {
  const unused = [...programs].filter(([, { users }]) => users === 0);
  for (const [key, program] of unused.slice(0, Math.max(0, unused.length - roomForPrograms))) {
    programs.delete(key);
    program.close();
  }
}

function kept(binding: NativeBinding, step: Step, xla: boolean): Program {
  const room = xla ? capacity : undefined;
  const epoch = buildEpoch(step, { xla, ...(room !== undefined && { capacity: room }) });
  const model = encodeSavedModel(epoch.graph);
  const key = createHash('sha256').update(model).digest('hex');
  const program = programs.get(key) ?? new Program(binding, step, epoch, model, room);
  // What was used last stands last.
  programs.delete(key);
  programs.set(key, program);
  program.users++;
  tidyUp();
  return program;
}

/**
 * The program for a step: the one that there is for the same graph, or a new one.
 * @param steps - how many are going to be made; 0 if nobody knows
 * @param inputs - the addon's numbers of what it takes, to try it with
 * @throws Error with TensorFlow's words if it cannot run it
 */
export function* programFor(binding: NativeBinding, step: Step, steps: number, inputs: (epoch: Epoch) => readonly number[]): Phases<Program> {
  function* tried(xla: boolean): Phases<Program> {
    const program = kept(binding, step, xla);
    try {
      yield;
      program.prepare(inputs(program.epoch));
      return program;
    } catch (error) {
      release(program);
      throw error;
    }
  }
  if (!compiles(step, steps)) return yield* tried(false);
  try {
    return yield* tried(true);
  } catch {
    // There are operations that XLA does not have.
    return yield* tried(false);
  }
}

export function release(program: Program): void {
  program.users--;
  tidyUp();
}
