/** What a recorded step depends on, beside the numbers that it is run on. */
import { timesLearnt } from '../core/adapt.ts';
import type { Layer } from '../core/layer.ts';
import { timesSwitched } from '../core/recorder.ts';
import { tf } from '../core/tensor.ts';
import type { Dataset } from './dataset.ts';
import type { Trainer } from './trainer.ts';

const withHeld = (layer: Layer): readonly Layer[] => [layer, ...[...layer.held.values()].flatMap(withHeld)];

/**
 * Data that one record is for: of one shape, as long as no layer is frozen, thawed or adapted, and no other engine has been chosen, to which constants of layers may
 * have moved. All else stays until the model is compiled anew.
 */
export function keyOf({ network: { graph } }: Trainer, kind: 'train' | 'test', { x, y, weights }: Dataset, batchSize: number): string {
  const shapes = [x, y, weights].map((arrays) => arrays.map((array) => array?.shape.join() ?? 'none').join(' ')).join(' | ');
  const frozen = graph.layers.flatMap(withHeld).map(({ trainable }) => Number(trainable)).join('');
  return [kind, tf.getBackend(), timesSwitched(), timesLearnt(), frozen, batchSize, shapes].join(' ');
}

const stays = (part: unknown): boolean => typeof part !== 'function' || 'kind' in part;

/** Whether a record may outlast a fit: a function that was merely handed over may see other numbers around it the next time. */
export function isFixed({ network: { graph }, compiled: { objectives, optimizer } }: Trainer): boolean {
  return objectives.every(({ loss, metrics }) => stays(loss) && metrics.every(({ metric }) => stays(metric)))
    && [optimizer, ...graph.layers.flatMap(withHeld)].every(({ options }) => Object.values(options).every(stays));
}
