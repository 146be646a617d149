/** What a model that was made without an input learns of its shape from the first data. */
import { ModelError } from '../core/errors.ts';
import type { PlanInput } from '../core/layer.ts';
import { sized } from '../core/shape.ts';
import { isStream, type BatchStream } from './batches.ts';
import { isArrayData, toHost } from './data.ts';
import type { Data } from './dataset.ts';

/** @throws ModelError for what does not tell the shape of one example. */
export function firstInput(where: string, x: Data | BatchStream): PlanInput {
  const given: unknown = !isArrayData(x) && Array.isArray(x) && (x as readonly unknown[]).length === 1 ? (x as readonly unknown[])[0] : x;
  if (!isArrayData(given)) {
    throw new ModelError(where, `the shape of the input is not known yet, and ${isStream(x) ? 'an iterable' : 'this data'} does not say it beforehand; begin the model with input({ shape })`);
  }
  const { shape, data } = toHost(`${where}: x`, given);
  if (shape.length === 0 || shape[0] === 0) throw new ModelError(`${where}: x`, 'is empty; give at least one example');
  return { shape: sized(...(shape.length === 1 ? [1] : shape.slice(1))), dtype: Array.isArray(data) ? 'string' : 'float32', batchSize: null };
}
