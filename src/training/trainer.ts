/** Owns what training keeps between steps: the optimizer's state and the tensors of a run. The only place that disposes of them. */
import { ModelError } from '../core/errors.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import type { Network } from '../model/network.ts';
import type { Variable } from '../model/variables.ts';
import { trackersOf, type Compiled, type Tracker } from './compile.ts';
import type { Batch, Port } from './dataset.ts';
import { testStep, trainStep, type Program } from './step.ts';
import { logNames, readLogs, startTallies, type Logs, type Tallies } from './tallies.ts';
import { disposeReplaced, tensorsIn } from './tree.ts';
import { startState, type OptimizerState } from './update.ts';

export class Trainer {
  readonly network: Network;
  readonly compiled: Compiled;
  readonly seed: number;
  /** Variables that the optimizer's state is for, in order. */
  #learning: readonly Variable[];
  #state: OptimizerState;

  constructor(network: Network, compiled: Compiled, seed: number) {
    this.network = network;
    this.compiled = compiled;
    this.seed = seed;
    this.#learning = this.#learningNow();
    this.#state = this.#start();
  }

  #learningNow = (): readonly Variable[] => this.network.variables.filter(({ learns }) => learns);

  #start(): OptimizerState {
    const state = startState(this.compiled.optimizer, this.#learning.map(({ tensor, path }) => ({ shape: tensor.shape, value: tensor, path })));
    // It outlives any tidy() that a caller may be in.
    for (const tensor of tensorsIn(state)) tf.keep(tensor);
    return state;
  }

  get ports(): readonly Port[] {
    return this.network.graph.inputs.map(({ shape, dtype }, i) => ({ name: this.network.inputNames[i]!, shape, dtype }));
  }

  get learning(): readonly Variable[] {
    return this.#learning;
  }

  get optimizerState(): OptimizerState {
    return this.#state;
  }

  /** Takes over a state, as a file or a snapshot has it. */
  restore(state: OptimizerState): void {
    disposeReplaced(this.#state, state);
    this.#state = state;
  }

  /** Fits the optimizer's state to the weights that learn now: layers may have been frozen or thawed since the last run. */
  refresh(): void {
    const now = this.#learningNow();
    if (now.length === this.#learning.length && now.every((variable, i) => variable === this.#learning[i])) return;
    const old = { learning: this.#learning, state: this.#state };
    this.#learning = now;
    const fresh = this.#start();
    const before = (variable: Variable) => old.learning.indexOf(variable);
    const carried = <T>(mine: readonly T[] | undefined, theirs: readonly T[] | undefined) => mine?.map((each, i) => theirs?.[before(now[i]!)] ?? each);
    const next = {
      ...fresh, iteration: old.state.iteration, rate: old.state.rate, shared: old.state.shared,
      slots: carried(fresh.slots, old.state.slots)!,
      ...(fresh.averages && { averages: carried(fresh.averages, old.state.averages)! }),
      ...(fresh.accumulators && { accumulators: carried(fresh.accumulators, old.state.accumulators)! }),
    };
    disposeReplaced([fresh, old.state], next);
    this.#state = next;
  }

  get learningRate(): number {
    this.#needNumber();
    return this.#state.rate.dataSync()[0]!;
  }

  set learningRate(rate: number) {
    this.#needNumber();
    if (!(rate >= 0)) throw new ModelError('learningRate', `must be a number of at least 0, got ${rate}`);
    this.restore({ ...this.#state, rate: tf.keep(tf.scalar(rate)) });
  }

  #needNumber(): void {
    if (typeof this.compiled.optimizer.options.learningRate === 'number') return;
    throw new ModelError('learningRate', 'is driven by a schedule; compile with a number to set it during training');
  }

  /** With `useEma`, training ends with the averages in place of the weights, as in Keras. */
  finish(): void {
    this.#state.averages?.forEach((average, i) => this.#learning[i]!.replace(tf.clone(average)));
  }

  /** Starts a run over batches whose targets have the shapes of this one's. */
  run(first: Batch): Run {
    return new Run(this, trackersOf(this.compiled, first.y.map(({ shape }) => shape), this.network.graph.outputs.map(({ shape }) => shape)), first.size);
  }

  dispose(): void {
    for (const tensor of tensorsIn(this.#state)) tensor.dispose();
  }
}

/** One epoch's or evaluation's way through batches: it holds the tallies and runs the steps eagerly. */
export class Run {
  readonly names: readonly string[];
  readonly #trainer: Trainer;
  readonly #trackers: readonly Tracker[];
  readonly #program: Program;
  readonly #batchSize: number;
  #tallies: Tallies;

  constructor(trainer: Trainer, trackers: readonly Tracker[], batchSize: number) {
    this.#trainer = trainer;
    this.#trackers = trackers;
    this.#batchSize = batchSize;
    this.#program = { network: trainer.network, compiled: trainer.compiled, trackers, seed: trainer.seed };
    this.names = logNames(trainer.compiled, trackers);
    this.#tallies = this.#zeros();
  }

  #zeros(): Tallies {
    const shapes = this.#trainer.network.graph.outputs.map(({ shape }) => [this.#batchSize, ...shape.map((n) => n ?? 1)]);
    return startTallies(this.#trainer.compiled, this.#trackers, shapes);
  }

  #variables(): Tensor[] {
    return this.#trainer.network.variables.map(({ tensor }) => tensor);
  }

  #accept(variables: readonly Tensor[]): void {
    this.#trainer.network.variables.forEach((variable, i) => variable.replace(variables[i]!));
  }

  #count(tallies: Tallies): void {
    disposeReplaced(this.#tallies, tallies);
    this.#tallies = tallies;
  }

  /** One update; if it throws, weights and state are as they were. */
  train(batch: Batch): void {
    const state = { variables: this.#variables(), optimizer: this.#trainer.optimizerState, tallies: this.#tallies };
    const next = tf.tidy(() => trainStep(this.#program, state, batch) as never) as ReturnType<typeof trainStep>;
    this.#accept(next.variables);
    this.#trainer.restore(next.optimizer);
    this.#count(next.tallies);
  }

  test(batch: Batch): void {
    const next = tf.tidy(() => testStep(this.#program, { variables: this.#variables(), tallies: this.#tallies }, batch) as never) as ReturnType<typeof testStep>;
    this.#accept(next.variables);
    this.#count(next.tallies);
  }

  logs(): Logs {
    return readLogs(this.names, this.#tallies, this.#trackers);
  }

  /** Begins to count anew. */
  reset(): void {
    this.#count(this.#zeros());
  }

  dispose(): void {
    for (const tensor of tensorsIn(this.#tallies)) tensor.dispose();
  }
}

/** Lets go of a batch once its step is done. */
export const disposeBatch = (batch: Batch): void => {
  for (const tensor of tensorsIn([batch.x, batch.y, batch.weights])) tensor.dispose();
};
