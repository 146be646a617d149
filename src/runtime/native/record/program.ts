/** Recorded steps as programs that run. They are kept by their graph: who trains the same model again need not wait for TensorFlow to optimize or compile it. */
import { createHash } from 'node:crypto';
import type { Phases } from '../../../core/phases.ts';
import type { Tensor } from '../../../core/tensor.ts';
import { backendInUse } from './backend.ts';
import { encodeGraph, type Graph } from './graph.ts';
import { LoopRunner, loopGraph, roomOfLoop } from './loopRunner.ts';
import { sessionAddon } from './sessionAddon.ts';
import type { Step } from './step.ts';
import { AddonRunner, stepGraph } from './addonRunner.ts';
import { compiles } from './xla.ts';

/** Tensors that a program works on: all that it takes, in order, and those of them that it changes. */
export interface Places { readonly reads: readonly Tensor[]; readonly writes: readonly Tensor[] }

export interface Runner {
  /**
   * A run that changes nothing, in which TensorFlow optimizes or compiles the graph.
   * @throws Error with TensorFlow's words if it cannot run it
   */
  prepare(places: Places): Phases<void>;
  /** Makes a step for each batch of the order. */
  run(order: Uint32Array, places: Places): void;
  /** The same without holding up the thread that asks, if the runner can. */
  runBeside?(order: Uint32Array, places: Places): Phases<void>;
  /** Whether so many steps take so long that they are better run beside. */
  takesLong?(steps: number): boolean;
  close(): void;
}

/** Unused programs that are kept. */
const roomForPrograms = 16;

export class Program {
  readonly runner: Runner;
  /** How many recordings use it. */
  users = 0;
  /** Whether it was found to compute what a step does. */
  proven = false;

  constructor(runner: Runner) {
    this.runner = runner;
  }
}

const programs = new Map<string, Program>();

/** Lets go of the programs that have gone unused longest. */
function tidyUp(): void {
  const unused = [...programs].filter(([, { users }]) => users === 0);
  for (const [key, program] of unused.slice(0, Math.max(0, unused.length - roomForPrograms))) {
    programs.delete(key);
    program.runner.close();
  }
}

/** @param make - from the bytes of the graph */
function kept(graph: Graph, make: (bytes: Uint8Array) => Runner): Program {
  const bytes = encodeGraph(graph);
  const key = createHash('sha256').update(bytes).digest('hex');
  const program = programs.get(key) ?? new Program(make(bytes));
  // What was used last stands last.
  programs.delete(key);
  programs.set(key, program);
  program.users++;
  tidyUp();
  return program;
}

/** The ways to run a step, best first. */
function* waysFor(step: Step, steps: number): Generator<() => Program> {
  const { binding } = backendInUse();
  const way = (graph: Graph, make: (bytes: Uint8Array) => Runner) => () => kept(graph, make);
  const loop = (xla: boolean) => {
    const graph = loopGraph(step, xla);
    return way(graph, (bytes) => (xla && sessionAddon() ? new AddonRunner(step, bytes, roomOfLoop) : new LoopRunner(binding, step, bytes, xla)));
  };
  if (compiles(step, steps)) yield loop(true);
  if (sessionAddon()) {
    const graph = stepGraph(step);
    yield way(graph, (bytes) => new AddonRunner(step, bytes));
  }
  yield loop(false);
}

/**
 * The program for a step: the one that there is for the same graph, or a new one.
 * @param steps - how many are going to be made; 0 if nobody knows
 * @param places - to try it with
 * @throws Error with TensorFlow's words if it cannot run it
 */
export function* programFor(step: Step, steps: number, places: () => Places): Phases<Program> {
  let problem: unknown;
  // There are operations that XLA does not have, and may be some that only the last way runs.
  for (const way of waysFor(step, steps)) {
    let program: Program | undefined;
    try {
      program = way();
      yield;
      yield* program.runner.prepare(places());
      return program;
    } catch (error) {
      problem = error;
      if (program) release(program);
    }
  }
  throw problem;
}

export function release(program: Program): void {
  program.users--;
  tidyUp();
}
