/** What may be said where a model is read. */
import { z } from 'zod';
import type { CustomLayer } from './keras/layers.ts';

const isFactory = (given: unknown): boolean => typeof given === 'function' && 'kind' in given && 'schema' in given && !('plan' in given);

/** `customLayers`: layers of one's own, by the name that the file has for them; `seed`: for the randomness of what comes after. */
export const readOptions = z.strictObject({
  customLayers: z.record(z.string(), z.custom<CustomLayer>(isFactory, 'must be a factory of layers, as defineLayer gives it, not a layer')).optional(),
  seed: z.int().min(0).max(2 ** 31 - 1).optional(),
});
