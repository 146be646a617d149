/** tfjs-node's own loader of SavedModels, on the TensorFlow that ibex's native engine has. */
import { createRequire } from 'node:module';
import type { Tensor } from 'ibexjs';

export interface LoadedSavedModel {
  readonly inputs: readonly { readonly name: string; readonly dtype: string }[];
  predict(inputs: Tensor | Readonly<Record<string, Tensor>>): Tensor | Tensor[] | Record<string, Tensor>;
  dispose(): void;
}

/** `tf.node.loadSavedModel`. The package itself would look for a TensorFlow of its own, so that only this file of it is loaded. */
export const loadSavedModel = (folder: string): Promise<LoadedSavedModel> =>
  (createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu/dist/saved_model.js') as { loadSavedModel(path: string, tags: string[], signature: string): Promise<LoadedSavedModel> })
    .loadSavedModel(folder, ['serve'], 'serving_default');
