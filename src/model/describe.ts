/** How a model is told as plain data. Formats know that, and models do not know formats: `src/index.ts`, which knows all, hands it over once. */
import type { JsonObject } from '../core/keras.ts';
import type { Model } from './model.ts';

let tell: ((model: Model) => JsonObject) | undefined;

export const setDescription = (how: (model: Model) => JsonObject): void => void (tell = how);
export const describe = (model: Model): JsonObject => tell!(model);
