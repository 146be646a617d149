/**
 * The ways to run a recorded step: TensorFlow's executor goes through the graph node by node, XLA compiles it. Which is faster depends on the step
 * and on the machine, and compiling takes as long as thousands of steps of a small model. So a program begins with the executor; once that has taken as long as
 * compiling will, XLA is tried, and the faster of the two stays. Programs are kept by their graph: who trains the same model again goes on with what was found.
 */
import { createHash } from 'node:crypto';
import type { NativeBinding, TensorMetadata } from '../ops.ts';
import { buildEpoch, type Epoch, type Step } from './epoch.ts';
import { encodeSavedModel } from './graph.ts';
import { openSession, type Session } from './session.ts';

/** Steps that a run of XLA's program has room for: its shapes are fixed. */
const capacity = 512;
/** Runs of each way that are measured before the choice. */
const trials = 3;
/** Milliseconds that XLA takes to compile a program, about, for each node: 10 to 30, on steps of 50 to 2,000 nodes. */
const compileTime = 12;
/** Milliseconds of compiling, about, that a program is not left to wait for: nothing else happens meanwhile. Large steps do not gain by XLA. */
const longestCompile = 2000;
/** Unused programs that are kept. */
const roomForPrograms = 16;
/** XLA draws other random numbers from the same seed. */
const otherInXla = /^StatelessRandom/;
/** XLA's convolutions on a CPU take several times as long as oneDNN's. */
const slowInXla = /^(Depthwise)?Conv\d/;

/**
 * `auto` measures both and keeps the faster; when it changes over follows from the clock, and XLA rounds otherwise, so that two
 * runs of one seed would differ in their last bits. Hence `off` unless asked for.
 */
const wanted = () => process.env.IBEX_XLA ?? 'off';

interface Way {
  readonly session: Session;
  /** Its first run compiles or optimizes the graph. */
  runs: number;
  /** Milliseconds that a step took at best. */
  best: number;
}

const startWay = (session: Session): Way => ({ session, runs: 0, best: Infinity });

export class Program {
  readonly epoch: Epoch;
  /** How many recordings use it. */
  users = 0;
  readonly #binding: NativeBinding;
  readonly #step: Step;
  #executor: Way | undefined;
  #xla: Way | undefined;
  /** Whether XLA may still be tried. */
  #open: boolean;
  /** Milliseconds that the executor has taken. */
  #spent = 0;
  readonly #patience: number;

  constructor(binding: NativeBinding, step: Step, epoch: Epoch, model: Uint8Array) {
    this.#binding = binding;
    this.#step = step;
    this.epoch = epoch;
    const estimate = compileTime * step.nodes.length;
    this.#patience = wanted() === 'on' ? 0 : estimate;
    this.#open = wanted() === 'on' || (wanted() !== 'off' && estimate <= longestCompile && !step.nodes.some(({ op }) => otherInXla.test(op) || (slowInXla.test(op) && !binding.isUsingGpuDevice())));
    this.#executor = startWay(openSession(binding, epoch, model));
  }

  /** The way for the next run. */
  #way(): Way {
    if (this.#open && this.#spent >= this.#patience) {
      this.#open = false;
      const compiled = buildEpoch(this.#step, { capacity, xla: true });
      this.#xla = startWay(openSession(this.#binding, compiled, encodeSavedModel(compiled.graph)));
    }
    return this.#xla ?? this.#executor!;
  }

  #settle(): void {
    if (!this.#xla || !this.#executor || this.#xla.runs <= trials || wanted() === 'on') return;
    if (this.#xla.best < this.#executor.best) {
      this.#executor.session.close();
      this.#executor = undefined;
    } else this.#giveUpXla();
  }

  #giveUpXla(): void {
    this.#xla!.session.close();
    this.#xla = undefined;
  }

  /** One run of the loop over rows of an order; XLA's has the room that it has. */
  #run(way: Way, rows: Uint32Array, others: readonly number[]): TensorMetadata[] {
    const { batchSize } = this.#step;
    const binding = this.#binding;
    const steps = rows.length / batchSize;
    const room = way === this.#xla ? capacity : steps;
    const order = new Int32Array(room * batchSize);
    order.set(rows);
    const limit = binding.createTensor([], binding.TF_INT32, Int32Array.of(steps));
    const orderId = binding.createTensor([room, batchSize], binding.TF_INT32, order);
    const begun = performance.now();
    try {
      const outputs = way.session.run([limit, orderId, ...others]);
      const took = performance.now() - begun;
      if (way.runs++ > 0) way.best = Math.min(way.best, took / steps);
      if (way === this.#executor && way.runs > 1) this.#spent += took;
      return outputs;
    } finally {
      binding.deleteTensor(limit);
      binding.deleteTensor(orderId);
    }
  }

  /**
   * A run of no steps, in which TensorFlow optimizes the graph.
   * @throws Error with TensorFlow's words if it cannot run it
   */
  prepare(inputs: readonly number[]): void {
    if (!this.#executor || this.#executor.runs > 0) return;
    for (const { id } of this.#run(this.#executor, new Uint32Array(0), inputs)) this.#binding.deleteTensor(id);
  }

  /**
   * Makes a step for each batch of the order.
   * @param inputs - the addon's numbers of the data and the state as they are now
   * @param accept - takes over what the state is after some of the steps
   */
  run(order: Uint32Array, inputs: () => readonly number[], accept: (outputs: TensorMetadata[]) => void): void {
    for (let done = 0; done < order.length;) {
      const way = this.#way();
      const rows = order.subarray(done, way === this.#xla ? done + capacity * this.#step.batchSize : undefined);
      let outputs: TensorMetadata[];
      try {
        outputs = this.#run(way, rows, inputs());
      } catch (error) {
        // There are operations that XLA does not have.
        if (way !== this.#xla || way.runs > 0) throw error;
        this.#giveUpXla();
        continue;
      }
      accept(outputs);
      done += rows.length;
      this.#settle();
    }
  }

  close(): void {
    this.#executor?.session.close();
    this.#xla?.session.close();
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

/** The program for a step: the one that there is for the same graph, or a new one. */
export function programFor(binding: NativeBinding, step: Step): Program {
  const epoch = buildEpoch(step, { xla: false });
  const model = encodeSavedModel(epoch.graph);
  const key = createHash('sha256').update(`${wanted()}`).update(model).digest('hex');
  const program = programs.get(key) ?? new Program(binding, step, epoch, model);
  // What was used last stands last.
  programs.delete(key);
  programs.set(key, program);
  program.users++;
  tidyUp();
  return program;
}

export function release(program: Program): void {
  program.users--;
  tidyUp();
}
