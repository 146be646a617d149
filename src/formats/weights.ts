/** Weights without the architecture: `.weights.h5`, as `model.saveWeights` and Keras's `save_weights` write it, or taken out of a whole model's file. */
import { inWords, ModelError } from '../core/errors.ts';
import type { Model } from '../model/model.ts';
import { readBytes, writeAtomically } from './files.ts';
import { readHdf5, type Hdf5File } from './hdf5.ts';
import { writeHdf5 } from './hdf5Writer.ts';
import { compilationOf, weightsIn } from './keras/file.ts';
import { takeState, takeWeights, weightsTree } from './keras/weightsFile.ts';
import { isLegacy, takeLegacyWeights } from './legacyH5Weights.ts';
import { readZip } from './zip.ts';

export const weightsEnding = '.weights.h5';

function placeOf(what: string, path: unknown): string {
  if (typeof path === 'string') return `${what}: ${path}`;
  throw new ModelError(what, `takes the path of a file, got ${inWords(path)}`);
}

/** @throws ModelError for another ending, a model without weights, a folder that is not there, a disk that is full; an older file stays as it was. */
export async function saveWeights(model: Model, path: string): Promise<void> {
  const where = placeOf('saveWeights', path);
  if (!path.endsWith(weightsEnding)) throw new ModelError(where, `must end in ${weightsEnding}; save() writes whole models`);
  if (!model.built) throw new ModelError(where, 'the model has no weights yet; begin it with input({ shape }), or fit it first');
  const withOptimizer = compilationOf(model, where) !== undefined;
  await writeAtomically(path, writeHdf5(weightsTree(model, withOptimizer), where), where);
}

async function read(path: string, where: string): Promise<Hdf5File> {
  const bytes = await readBytes(path, where);
  return path.endsWith('.keras') ? weightsIn(readZip(bytes, where), where) : readHdf5(bytes, where);
}

/**
 * Sets all weights of a model from a file. A compiled model takes over the optimizer's state too, where the file has that of the same optimizer.
 * @throws ModelError, before any weight is set, for a file of another architecture, or that is missing, broken or foreign
 */
export async function loadWeights(model: Model, path: string): Promise<void> {
  const where = placeOf('loadWeights', path);
  if (!/\.(keras|h5|hdf5)$/.test(path)) throw new ModelError(where, `must end in ${weightsEnding}, or in .keras or .h5 for the weights of a whole model`);
  if (!model.built) throw new ModelError(where, 'the model has no weights to set yet; begin it with input({ shape }), or fit it first');
  const file = await read(path, where);
  if (isLegacy(file)) {
    takeLegacyWeights(model, file, where);
    return;
  }
  const order = (each: Model) => each.layers;
  takeWeights(model, file, order, where);
  if (!model.compileOptions) return;
  try {
    takeState(model, file, order, where);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    console.warn(`ibex: ${error.message}; the weights are set, the optimizer stays as it is.`);
  }
}
