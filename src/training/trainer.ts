/** Owns what training keeps between steps: the optimizer's state and the tensors of a run. The only place that disposes of them. */
import { inWords, ModelError } from '../core/errors.ts';
import { recorderOf } from '../core/recorder.ts';
import { tf } from '../core/tensor.ts';
import { portsOf, type Network } from '../model/network.ts';
import type { Variable } from '../model/variables.ts';
import type { Compiled, Tracker } from './compile.ts';
import type { Batch, Dataset, Port } from './dataset.ts';
import { Replay } from './replay.ts';
import type { Context } from './source.ts';
import { testStep, trainStep, type Program, type TrainState } from './step.ts';
import { logNames, readLogs, startTallies, type Logs, type Tallies } from './tallies.ts';
import { disposeReplaced, listTree, mapTree, tensorsIn } from './tree.ts';
import { trackersOf, type TargetShapes } from './trackers.ts';
import { startState, type OptimizerState } from './update.ts';

export class Trainer {
  readonly network: Network;
  readonly compiled: Compiled;
  readonly seed: number;
  /** Variables that the optimizer's state is for, in order. */
  #learning: readonly Variable[];
  #state: OptimizerState;
  /** Whether averages and weights have changed places. */
  #averaged = false;

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
    for (const tensor of tensorsIn(state)) tf.keep(tensor);
    return state;
  }

  get ports(): readonly Port[] {
    return portsOf(this.network);
  }

  /** What data are checked against; `where` is what errors call the place. */
  context(where: string): Context {
    return { where, network: this.network, compiled: this.compiled, ports: this.ports };
  }

  /** @throws ModelError if no output has a loss. */
  needLoss(where: string): void {
    if (this.compiled.objectives.some(({ loss }) => loss)) return;
    throw new ModelError(where, 'the model was compiled without a loss; call compile({ optimizer, loss }), or train it with gradients() and applyGradients()');
  }

  /** Names of losses and metrics, in the order of logs. */
  get names(): readonly string[] {
    return logNames(this.compiled, this.#trackers([]));
  }

  #trackers(targets: TargetShapes): readonly Tracker[] {
    return trackersOf(this.compiled, targets, this.network.graph.outputs.map(({ shape }) => shape));
  }

  get learning(): readonly Variable[] {
    return this.#learning;
  }

  get optimizerState(): OptimizerState {
    return this.#state;
  }

  /** Takes over a state, as a file or a snapshot has it. */
  restore(state: OptimizerState, averaged = this.#averaged): void {
    this.#averaged = averaged;
    disposeReplaced(this.#state, state);
    this.#state = state;
    // It outlives any tidy() that a caller may be in.
    for (const tensor of tensorsIn(state)) tf.keep(tensor);
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
    if (typeof rate !== 'number' || !(rate >= 0 && rate < Infinity)) throw new ModelError('learningRate', `must be a number of at least 0, got ${inWords(rate)}`);
    this.restore({ ...this.#state, rate: tf.scalar(rate) });
  }

  #needNumber(): void {
    if (typeof this.compiled.optimizer.options.learningRate === 'number') return;
    throw new ModelError('learningRate', 'is driven by a schedule; compile with a number to set it during training');
  }

  get averaged(): boolean {
    return this.#averaged;
  }

  /** Lets weights and their moving averages change places. @throws ModelError without `useEma`. */
  set averaged(averaged: boolean) {
    const { averages } = this.#state;
    if (!averages) throw new ModelError('averaged', `the optimizer keeps no moving averages of the weights; compile with ${this.compiled.optimizer.kind}({ useEma: true })`);
    if (averaged === this.#averaged) return;
    const weights = this.#learning.map(({ tensor }) => tf.clone(tensor));
    averages.forEach((average, i) => this.#learning[i]!.replace(tf.clone(average)));
    this.restore({ ...this.#state, averages: weights }, averaged);
  }

  /** With `useEma`, training ends with the averages in place of the weights, as in Keras. */
  finish(): void {
    if (this.#averaged) this.averaged = false;
    this.#state.averages?.forEach((average, i) => this.#learning[i]!.replace(tf.clone(average)));
  }

  /** Starts a run over batches whose targets have these shapes, batch axis included. */
  run(kind: 'train' | 'test', targets: TargetShapes, batchSize: number): Run {
    return new Run(kind, this, targets, this.#trackers(targets), batchSize);
  }

  dispose(): void {
    for (const tensor of tensorsIn(this.#state)) tensor.dispose();
  }
}

/** What a step moves: in evaluation the optimizer stays where it is. */
type RunState = Omit<TrainState, 'optimizer'> & Partial<Pick<TrainState, 'optimizer'>>;

/** One epoch's or evaluation's way through batches: it holds the tallies, and takes the steps eagerly or from a record. */
export class Run {
  readonly names: readonly string[];
  readonly #kind: 'train' | 'test';
  readonly #trainer: Trainer;
  readonly #trackers: readonly Tracker[];
  readonly #program: Program;
  readonly targets: TargetShapes;
  readonly batchSize: number;
  #tallies: Tallies;
  #replay: Replay<RunState> | undefined;
  /** What the replay's state was last given out as; anything else has been set from outside since. */
  #shared: Omit<RunState, 'tallies'> | undefined;
  /** Whether the replay has gone on since. */
  #ahead = false;

  constructor(kind: 'train' | 'test', trainer: Trainer, targets: TargetShapes, trackers: readonly Tracker[], batchSize: number) {
    this.#kind = kind;
    this.#trainer = trainer;
    this.#trackers = trackers;
    this.targets = targets;
    this.batchSize = batchSize;
    const { network, compiled, learning, seed } = trainer;
    this.#program = { network, compiled, trackers, learning, seed };
    this.names = logNames(trainer.compiled, trackers);
    this.#tallies = this.#zeros();
  }

  #zeros(): Tallies {
    const shapes = this.#trainer.network.graph.outputs.map(({ shape }) => [this.batchSize, ...shape.map((n) => n ?? 1)]);
    return startTallies(this.#trainer.compiled, this.#trackers, shapes);
  }

  #step = (state: RunState, batch: Batch): RunState =>
    (this.#kind === 'train' ? trainStep(this.#program, state as TrainState, batch) : testStep(this.#program, state, batch));

  /** What the model and its trainer hold now. */
  #held(): Omit<RunState, 'tallies'> {
    const variables = this.#trainer.network.variables.map(({ tensor }) => tensor);
    return this.#kind === 'train' ? { variables, optimizer: this.#trainer.optimizerState } : { variables };
  }

  #accept({ variables, optimizer, tallies }: RunState): void {
    this.#trainer.network.variables.forEach((variable, i) => variable.replace(variables[i]!));
    if (optimizer) this.#trainer.restore(optimizer);
    this.#count(tallies);
  }

  /** What has been added up in this epoch, as after the last `share()`. */
  get tallies(): Tallies {
    return this.#tallies;
  }

  /** Goes on from what has been added up elsewhere; for a run that is not replayed yet. */
  take(tallies: Tallies): void {
    this.#count(tallies);
  }

  #count(tallies: Tallies): void {
    disposeReplaced(this.#tallies, tallies);
    this.#tallies = tallies;
  }

  /** One step; if it throws, weights and state are as they were. */
  advance(batch: Batch): void {
    const state = { ...this.#held(), tallies: this.#tallies };
    this.#accept(tf.tidy(() => this.#step(state, batch) as never) as RunState);
  }

  logs(): Logs {
    return readLogs(this.names, this.#replay?.state.tallies ?? this.#tallies, this.#trackers);
  }

  /** Begins to count anew. */
  reset(): void {
    this.#count(this.#zeros());
    this.#replay?.assign(({ tallies }) => tallies, this.#tallies);
  }

  /** Whether steps are replayed. */
  get replays(): boolean {
    return this.#replay !== undefined;
  }

  /** Goes over to replaying steps on a data set; says why, if the engine or the data does not allow it. */
  startReplay(dataset: Dataset): string | undefined {
    const backend = tf.getBackend();
    const recorder = recorderOf(backend);
    if (!recorder) return `the engine "${backend}" records no steps`;
    const { ports } = this.#trainer;
    const refusal = Replay.refusal(dataset, ports);
    if (refusal !== undefined) return refusal;
    this.#shared = this.#held();
    this.#replay = new Replay(recorder, this.#step, ports, dataset, { ...this.#shared, tallies: this.#tallies });
    return undefined;
  }

  /** Steps over the rows of an order in batches of one size; if that ends early, says after how many batches and why. */
  replay(order: Uint32Array, batchSize: number): ReturnType<Replay<RunState>['run']> {
    this.#takeIn();
    this.#ahead = true;
    const ended = this.#replay!.run(order, batchSize);
    if (ended) this.#endReplay();
    return ended;
  }

  /** What callbacks and users set while the replay had the state. */
  #takeIn(): void {
    const now = this.#held();
    const before = listTree(this.#shared);
    // One by one: what was not set is behind what the replay has come to.
    listTree(now).forEach((tensor, i) => {
      if (tensor !== before[i]) this.#replay!.assign(({ tallies: _, ...held }) => listTree(held)[i], tensor);
    });
    this.#shared = now;
  }

  /** Gives weights and optimizer the state that the replay has come to. Evaluation moves only what stateful layers remember. */
  share(): void {
    if (!this.#replay || !this.#ahead) return;
    this.#takeIn();
    this.#ahead = false;
    if (this.#kind === 'test' && this.#trainer.network.variables.every(({ spec }) => spec.saved)) {
      this.#count(mapTree(this.#replay.state.tallies, (tensor) => recorderOf(tf.getBackend())!.duplicate(tensor)));
      return;
    }
    this.#accept(this.#replay.copy());
    this.#shared = this.#held();
  }

  #endReplay(): void {
    this.share();
    this.#replay?.dispose();
    this.#replay = undefined;
  }

  dispose(): void {
    // If something failed between two stretches, weights are to be as after the last step.
    this.share();
    this.#replay?.dispose();
    for (const tensor of tensorsIn(this.#tallies)) tensor.dispose();
  }
}

/** Lets go of a batch once its step is done. */
export const disposeBatch = (batch: Batch): void => {
  for (const tensor of tensorsIn([batch.x, batch.y, batch.weights])) tensor.dispose();
};
