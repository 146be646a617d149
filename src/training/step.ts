/**
 * The steps of training and evaluation: pure functions from state and batch to state. They read nothing but their arguments
 * (weights, slots, rate, iteration, batch), draw no JavaScript randomness and read no tensor back, so that an engine may
 * record one and replay it.
 */
import { ModelError } from '../core/errors.ts';
import { formulaOf } from '../core/part.ts';
import { reduceLoss, type Loss, type LossFunction } from '../core/loss.ts';
import { tf, type Scalar, type Tensor } from '../core/tensor.ts';
import { forward, type Forward, type Values } from '../model/forward.ts';
import type { Network } from '../model/network.ts';
import type { Variable } from '../model/variables.ts';
import type { Compiled, Tracker } from './compile.ts';
import type { Batch } from './dataset.ts';
import { computed, mustBeTensor } from './formula.ts';
import type { Tallies } from './tallies.ts';
import { update, type OptimizerState } from './update.ts';

/** All that does not change while a step is repeated. */
export interface Program {
  readonly network: Network;
  readonly compiled: Compiled;
  readonly trackers: readonly Tracker[];
  /** The variables that gradients move, in order. */
  readonly learning: readonly Variable[];
  /** What randomness starts from; the iteration is the other half of each step's seed. */
  readonly seed: number;
}

export interface TrainState {
  /** Values of all of the network's variables, in order. */
  readonly variables: readonly Tensor[];
  readonly optimizer: OptimizerState;
  readonly tallies: Tallies;
}

const reductionOf = (loss: LossFunction) => ('reduction' in loss ? (loss as Loss).reduction : 'sumOverBatchSize');

// A function written where it is given is called after the option.
const lossName = (loss: LossFunction, output: string) => ['loss', 'kind' in loss ? String(loss.kind) : loss.name.replace(/^loss$/, ''), `of "${output}"`].filter(Boolean).join(' ');

interface Losses { readonly total: Tensor; readonly each: readonly Tensor[] }

/** The loss of each output, and their weighted sum with the penalties. */
function lossesOf({ compiled }: Program, learning: readonly Variable[], { outputs, penalties }: Forward, batch: Batch, valueOf: (variable: Variable) => Tensor): Losses {
  const each: Tensor[] = [];
  const terms: Tensor[] = [];
  compiled.objectives.forEach(({ name, loss, weight }, i) => {
    if (!loss) return;
    const { tensor, mask } = outputs[i]!;
    const what = lossName(loss, name);
    const value = computed(what, () => reduceLoss(mustBeTensor(what, loss(batch.y[i]!, tensor)), reductionOf(loss), batch.weights[i], mask));
    each.push(value);
    terms.push(weight === 1 ? value : tf.mul(value, weight));
  });
  for (const variable of learning) {
    if (variable.spec.regularizer) terms.push(formulaOf(variable.spec.regularizer)(valueOf(variable)));
  }
  const [first, ...rest] = [...terms, ...penalties];
  return { total: rest.reduce((sum, term) => tf.add(sum, term), first ?? tf.scalar(0)), each };
}

/** A mask, a sample weight, or their product: what a metric weights its examples by. */
function metricWeights(mask: Tensor | undefined, sampleWeight: Tensor | undefined): Tensor | undefined {
  const counted = mask && tf.cast(mask, 'float32');
  if (!counted || !sampleWeight) return counted ?? sampleWeight;
  return tf.mul(counted, sampleWeight.rank < counted.rank ? tf.reshape(sampleWeight, [...sampleWeight.shape, ...Array<number>(counted.rank - sampleWeight.rank).fill(1)]) : sampleWeight);
}

function tally({ trackers }: Program, tallies: Tallies, outputs: Forward['outputs'], losses: Losses, batch: Batch): Tallies {
  const { size } = batch;
  return {
    loss: tf.add(tallies.loss, tf.mul(losses.total, size)),
    count: tf.add(tallies.count, size),
    losses: tallies.losses.map((sum, i) => tf.add(sum, tf.mul(losses.each[i]!, size))),
    metrics: trackers.map(({ key, metric, output, weighted }, i) => {
      const { tensor, mask } = outputs[output]!;
      return computed(`metric ${key}`, () => metric.update(tallies.metrics[i]!, batch.y[output]!, tensor, metricWeights(mask, weighted ? batch.weights[output] : undefined)));
    }),
  };
}

/** What tfjs's tape holds is disposed of when it is unrolled, which does not happen if the function throws. */
function differentiated<T>(differentiate: () => T): T {
  try {
    return differentiate();
  } catch (error) {
    const { state } = tf.engine();
    if (state.gradientDepth === 0) {
      for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
      state.activeTape = [];
    }
    throw error;
  }
}

/**
 * A scalar and its gradients by tensors; those that it does not depend on have gradients of 0.
 * @throws ModelError if it depends on none of them
 */
export function gradientsAt(tensors: readonly Tensor[], scalar: () => Tensor): { readonly value: Tensor; readonly gradients: readonly Tensor[] } {
  // tfjs takes no empty list.
  if (tensors.length === 0) return { value: scalar(), gradients: [] };
  const { value, grads } = differentiated(() => tf.engine().gradients(scalar as () => Scalar, [...tensors], undefined, true));
  if (grads.every((gradient: Tensor | null) => !gradient)) throw new ModelError('loss', 'does not depend on any weight that learns, so that there is nothing to learn; compute it from the predictions by tf operations that have gradients');
  return { value, gradients: grads.map((gradient, i) => (gradient as Tensor | null) ?? tf.zerosLike(tensors[i]!)) };
}

const valuesOf = (network: Network, tensors: readonly Tensor[]): Values => new Map(network.variables.map((variable, i) => [variable, tensors[i]!]));

/** One update of the weights from one batch. */
export function trainStep(program: Program, state: TrainState, batch: Batch): TrainState {
  const { network, compiled, learning } = program;
  const values = valuesOf(network, state.variables);
  const valueOf = (variable: Variable) => values.get(variable)!;
  const seed = tf.stack([tf.scalar(program.seed, 'int32'), state.optimizer.iteration]);

  // The gradient's scope would dispose of all but its value: what else is needed of the pass is kept, and let go at the end.
  const kept: Tensor[] = [];
  const keep = (tensor: Tensor) => {
    if (!tensor.kept) kept.push(tf.keep(tensor));
  };
  try {
    let pass!: Forward;
    let losses!: Losses;
    const { value, gradients } = gradientsAt(learning.map(valueOf), () => {
      pass = forward(network.graph, batch.x, { values, training: true, seed });
      losses = lossesOf(program, learning, pass, batch, valueOf);
      for (const { tensor, mask } of pass.outputs) {
        keep(tensor);
        if (mask) keep(mask);
      }
      [...losses.each, ...pass.updates.values()].forEach(keep);
      return losses.total;
    });
    const updated = update(
      compiled.optimizer,
      // A layer may have set a weight that learns too: spectralNormalization does.
      learning.map((variable) => ({ tensor: pass.updates.get(variable) ?? valueOf(variable), constraint: variable.spec.constraint, path: variable.path })),
      gradients, state.optimizer,
    );
    const learned = new Map(learning.map((variable, i) => [variable, updated.weights[i]!]));
    // What a layer set itself is cloned, since the original is among what is let go.
    const moved = new Map([...pass.updates].map(([variable, tensor]) => [variable, tf.clone(tensor)]));
    return {
      variables: network.variables.map((variable) => learned.get(variable) ?? moved.get(variable) ?? valueOf(variable)),
      optimizer: updated.state,
      tallies: tally(program, state.tallies, pass.outputs, { total: value, each: losses.each }, batch),
    };
  } finally {
    for (const tensor of kept) tensor.dispose();
  }
}

/** Losses and metrics of one batch; nothing moves but the memory of stateful layers. */
export function testStep(program: Program, state: Pick<TrainState, 'variables' | 'tallies'>, batch: Batch): Pick<TrainState, 'variables' | 'tallies'> {
  const { network } = program;
  const values = valuesOf(network, state.variables);
  const pass = forward(network.graph, batch.x, { values, training: false });
  const losses = lossesOf(program, network.variables.filter(({ learns }) => learns), pass, batch, (variable) => values.get(variable)!);
  return {
    variables: network.variables.map((variable) => pass.updates.get(variable) ?? values.get(variable)!),
    tallies: tally(program, state.tallies, pass.outputs, losses, batch),
  };
}
