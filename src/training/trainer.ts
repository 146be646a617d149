/** Owns what training keeps between steps: the optimizer's state and the tensors of a run. The only place that disposes of them. */
import { inWords, ModelError } from '../core/errors.ts';
import { tf } from '../core/tensor.ts';
import { portsOf, type Network } from '../model/network.ts';
import type { Variable } from '../model/variables.ts';
import type { Compiled, Tracker } from './compile.ts';
import type { Port } from './dataset.ts';
import { BatchRuns } from './batchRuns.ts';
import { Recent } from './recent.ts';
import { isFixed, keyOf } from './recordKey.ts';
import { Run } from './run.ts';
import type { Context, Source } from './source.ts';
import { logNames } from './tallies.ts';
import { disposeReplaced, tensorsIn } from './tree.ts';
import { trackersOf, type TargetShapes } from './trackers.ts';
import { currentRate, startState, type OptimizerState } from './update.ts';
import { Waiting } from './waiting.ts';

/** Below so many steps a recording costs more than it saves. */
const worthRecording = 8;
/** Kinds of fits and evaluations that are remembered. */
const remembered = 16;

export class Trainer {
  readonly network: Network;
  readonly ports: readonly Port[];
  readonly compiled: Compiled;
  readonly seed: number;
  /** Variables that the optimizer's state is for, in order. */
  #learning: readonly Variable[];
  #state: OptimizerState;
  /** Steps that fits have begun with. */
  #begun = 0;
  /** What brings the optimizer's state up to date, if that is behind. */
  #settle: (() => void) | undefined;
  /** Batches that come by themselves. */
  readonly batches = new BatchRuns(this);
  /** Replays of fits and evaluations that are over, by what they are for. */
  readonly waiting = new Waiting();
  /** Steps that fits and evaluations have had since there was a record for them, by what it is for. */
  readonly #without = new Recent<number>(remembered, () => {});
  /** Whether averages and weights have changed places. */
  #averaged = false;

  constructor(network: Network, compiled: Compiled, seed: number) {
    this.network = network;
    this.ports = portsOf(network);
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
    this.#settle?.();
    return this.#state;
  }

  /** Lets the optimizer's state be behind what training has come to until somebody looks at it; `settle` then restores it. */
  lag(settle: () => void): void {
    this.#settle = settle;
  }

  /** The state as whoever lets it be behind left it. */
  stateHeldBy(settle: () => void): OptimizerState {
    return this.#settle === settle ? this.#state : this.optimizerState;
  }

  /** Takes over a state, as a file or a snapshot has it. */
  restore(state: OptimizerState, averaged = this.#averaged): void {
    this.#averaged = averaged;
    this.#settle = undefined;
    disposeReplaced(this.#state, state);
    this.#state = state;
    // It outlives any tidy() that a caller may be in.
    for (const tensor of tensorsIn(state)) tf.keep(tensor);
  }

  /** Fits the optimizer's state to the weights that learn now: layers may have been frozen or thawed since the last run. */
  refresh(): void {
    const now = this.#learningNow();
    if (now.length === this.#learning.length && now.every((variable, i) => variable === this.#learning[i])) return;
    this.#forget();
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

  /** That of the next update. */
  get learningRate(): number {
    return tf.tidy(() => currentRate(this.compiled.optimizer, this.optimizerState).dataSync()[0]!);
  }

  set learningRate(rate: number) {
    if (typeof this.compiled.optimizer.options.learningRate !== 'number') throw new ModelError('learningRate', 'is driven by a schedule; compile with a number to set it during training');
    if (typeof rate !== 'number' || !(rate >= 0 && rate < Infinity)) throw new ModelError('learningRate', `must be a number of at least 0, got ${inWords(rate)}`);
    this.restore({ ...this.optimizerState, rate: tf.scalar(rate) });
  }

  get averaged(): boolean {
    return this.#averaged;
  }

  /** Lets weights and their moving averages change places. @throws ModelError without `useEma`. */
  set averaged(averaged: boolean) {
    const { averages } = this.optimizerState;
    if (!averages) throw new ModelError('averaged', `the optimizer keeps no moving averages of the weights; compile with ${this.compiled.optimizer.kind}({ useEma: true })`);
    if (averaged === this.#averaged) return;
    const weights = this.#learning.map(({ tensor }) => tf.clone(tensor));
    averages.forEach((average, i) => this.#learning[i]!.replace(tf.clone(average)));
    this.restore({ ...this.optimizerState, averages: weights }, averaged);
  }

  /** With `useEma`, training ends with the averages in place of the weights, as in Keras. */
  finish(): void {
    if (this.#averaged) this.averaged = false;
    this.optimizerState.averages?.forEach((average, i) => this.#learning[i]!.replace(tf.clone(average)));
  }

  /** Starts a run over batches whose targets have these shapes, batch axis included. */
  run(kind: 'train' | 'test', targets: TargetShapes, batchSize: number): Run {
    return new Run(kind, this, targets, this.#trackers(targets), batchSize);
  }

  /** Whether to go by a record in so many steps that begin: it waits, or making it pays for itself. As it is going to wait, steps of fits or evaluations like this count that went without. */
  paysToRecord(kind: 'train' | 'test', { dataset, batchSize }: NonNullable<Source['whole']>, steps: number): boolean {
    if (steps >= worthRecording) return true;
    if (!isFixed(this)) return false;
    const key = keyOf(this, kind, dataset, Math.min(batchSize, dataset.length));
    if (this.waiting.has(key)) return true;
    const without = (this.#without.get(key) ?? 0) + steps;
    const pays = without >= worthRecording;
    this.#without.set(key, pays ? 0 : without);
    return pays;
  }

  /** How many steps all fits are going to have made, with so many that begin: what an engine may spend on a record, it spends once for them all. */
  withThose(steps: number): number {
    return (this.#begun += steps);
  }

  /** Tells that a record is too large to wait: from now on it has to pay for itself each time. */
  cannotKeep(key: string): void {
    this.#without.set(key, -Infinity);
  }

  #forget(): void {
    this.batches.clear();
    this.waiting.clear();
  }

  dispose(): void {
    this.#forget();
    for (const tensor of tensorsIn(this.#state)) tensor.dispose();
  }
}
