/** One epoch's or evaluation's way through batches: steps taken eagerly, or from a record. */
import type { Phases } from '../core/phases.ts';
import { recorderOf } from '../core/recorder.ts';
import { tf } from '../core/tensor.ts';
import { inOrder } from './batches.ts';
import type { Tracker } from './compile.ts';
import type { Batch, Dataset } from './dataset.ts';
import { isFixed, keyOf } from './recordKey.ts';
import { Replay, type Ended } from './replay.ts';
import { refusalOf } from './replayData.ts';
import { testStep, trainStep, type Program, type TrainState } from './step.ts';
import { logNames, readLogs, startTallies, type Logs, type Tallies } from './tallies.ts';
import type { Trainer } from './trainer.ts';
import { disposeReplaced, listTree, tensorsIn } from './tree.ts';
import { UnderWay } from './underWay.ts';
import type { TargetShapes } from './trackers.ts';

/** What a step moves: in evaluation the optimizer stays where it is. */
export type RunState = Omit<TrainState, 'optimizer'> & Partial<Pick<TrainState, 'optimizer'>>;

/** Work that is done. */
const over: Phases<undefined> = (function* (): Phases<undefined> {
  return undefined;
})();

/** Holds the tallies, and takes the steps. */
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
  /** By what the replay is found again, if it is to outlast the run. */
  #key: string | undefined;
  /** What the replay's state was last given out as; anything else has been set from outside since. */
  #shared: Omit<RunState, 'tallies'> | undefined;
  /** Whether nobody is to count its tensors. */
  #lasts = false;
  /** Whether the replay has gone on since. */
  #ahead = false;
  /** The stretch of steps that was begun last. */
  #underWay: UnderWay<Ended | undefined> | undefined;

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
    const variables = this.#trainer.network.variables.map((variable) => variable.heldBy(this.#settle));
    return this.#kind === 'train' ? { variables, optimizer: this.#trainer.stateHeldBy(this.#settle) } : { variables };
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
    const tallies = this.#replay?.held.copy((state) => state.tallies);
    const logs = readLogs(this.names, tallies ?? this.#tallies, this.#trackers);
    disposeReplaced(tallies, undefined);
    return logs;
  }

  /** Begins to count anew. */
  reset(): void {
    if (this.#lasts) return this.#replay!.held.restart();
    this.#count(this.#zeros());
    this.#replay?.held.assign(({ tallies }) => tallies, this.#tallies);
  }

  /** Whether steps are replayed. */
  get replays(): boolean {
    return this.#replay !== undefined;
  }

  /**
   * Goes over to replaying steps on a data set; says why not, if the engine or the data does not allow it.
   * @param times - how often the data are going to be gone through, in this run and in those before it that made the same steps
   */
  startReplay(dataset: Dataset, times: number): string | undefined {
    return this.#startReplay(dataset, times, 0);
  }

  /** The same on batches that come one by one, of which this is the first. @param from - the how manyth of a shape is recorded */
  startFeeding(batch: Dataset, from: number): string | undefined {
    return this.#startReplay(batch, 0, from);
  }

  #startReplay(dataset: Dataset, times: number, fed: number): string | undefined {
    const backend = tf.getBackend();
    const recorder = recorderOf(backend);
    if (!recorder) return `the engine "${backend}" records no steps`;
    const { ports } = this.#trainer;
    const refusal = refusalOf(ports);
    if (refusal !== undefined) return refusal;
    this.#shared = this.#held();
    const task = { step: this.#step, dataset, state: { ...this.#shared, tallies: this.#tallies }, times };
    this.#key = fed === 0 && isFixed(this.#trainer) ? keyOf(this.#trainer, this.#kind, dataset, this.batchSize) : undefined;
    const waiting = this.#key === undefined ? undefined : this.#trainer.waiting.take(this.#key);
    if (waiting?.resume(task)) this.#replay = waiting;
    else {
      waiting?.dispose();
      this.#replay = new Replay(recorder, ports, task, this.batchSize, fed);
    }
    return undefined;
  }

  /**
   * Steps over the rows of an order in batches of one size; if that ends early, says after how many batches and why.
   * Whoever looks at weights or optimizer between the phases has the rest done at once, and sees what it comes to.
   */
  replay(order: Uint32Array, batchSize: number): Phases<Ended | undefined> {
    this.#takeIn();
    this.#ahead = true;
    if (!this.#replay!.runChecked(order, batchSize)) return this.#inPhases(order, batchSize);
    this.#shareOnSight();
    return over;
  }

  *#inPhases(order: Uint32Array, batchSize: number): Phases<Ended | undefined> {
    this.#underWay = new UnderWay(this.#replay!.run(order, batchSize));
    const turns = this.#underWay.turns();
    for (;;) {
      const next = turns.next();
      this.#shareOnSight();
      if (next.done) {
        if (next.value) this.#endReplay();
        return next.value;
      }
      yield next.value;
    }
  }

  /** One step on a batch that comes by itself; says why it was not recorded, if so, and whether it is done. */
  feed(batch: Dataset): Phases<Ended | undefined> {
    this.#replay!.feed(batch);
    return this.replay(inOrder(batch.length), batch.length);
  }

  /** What callbacks and users set while the replay had the state. */
  #takeIn(): void {
    const now = this.#held();
    const known = this.#shared!;
    if (now.optimizer === known.optimizer && now.variables.every((tensor, i) => tensor === known.variables[i])) return;
    const before = listTree(known);
    // One by one: what was not set is behind what the replay has come to.
    listTree(now).forEach((tensor, i) => {
      if (tensor !== before[i]) this.#replay!.held.assign(({ tallies: _, ...held }) => listTree(held)[i], tensor);
    });
    this.#shared = now;
  }

  /** Gives weights and optimizer the state that the replay has come to. */
  share(): void {
    if (!this.#replay || !this.#ahead) return;
    // A step that is half done is nobody's to see; while it is being computed, the state before it is.
    if (this.#underWay?.finish() === false) return;
    this.#takeIn();
    this.#ahead = false;
    if (this.#keepsWeights) {
      this.#count(this.#replay.held.copy((state) => state.tallies));
      return;
    }
    this.#accept(this.#replay.held.copy());
    this.#shared = this.#held();
  }

  #settle = () => {
    this.share();
    if (this.#lasts) disposeReplaced(this.#tallies, undefined);
  };

  /** Shares as soon as somebody looks at weights or optimizer, and not before. */
  #shareOnSight(): void {
    // Who has looked already may have gone on from there.
    if (!this.#replay || !this.#ahead || this.#keepsWeights) return;
    for (const variable of this.#trainer.network.variables) variable.lag(this.#settle);
    if (this.#kind === 'train') this.#trainer.lag(this.#settle);
  }

  /** Has nobody count the tensors of the replay: it is going to last. */
  hide(): void {
    if (this.#lasts) return;
    this.#replay!.hide();
    this.#replay!.held.startFrom(({ tallies }) => tallies, this.#zeros());
    this.#lasts = true;
    disposeReplaced(this.#tallies, undefined);
  }

  /** Evaluation moves only what stateful layers remember. */
  get #keepsWeights(): boolean {
    return this.#kind === 'test' && this.#trainer.network.variables.every(({ spec }) => spec.saved);
  }

  #endReplay(): void {
    this.share();
    this.#replay?.dispose();
    this.#replay = undefined;
  }

  dispose(): void {
    // If something failed between two stretches, weights are to be as after the last step.
    this.share();
    if (this.#key !== undefined && this.#replay?.wait()) this.#trainer.waiting.set(this.#key, this.#replay);
    else {
      if (this.#key !== undefined && this.#replay?.large) this.#trainer.cannotKeep(this.#key);
      this.#replay?.dispose();
    }
    this.#replay = undefined;
    for (const tensor of tensorsIn(this.#tallies)) tensor.dispose();
  }
}
