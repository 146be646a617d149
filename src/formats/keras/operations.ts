/** Entries of a Functional model that are not layers: what Keras adds for masks, and operators between tensors. */
import { ModelError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/keras.ts';
import type { SymbolicTensor } from '../../core/symbolic.ts';
import type { KerasObject } from './schema.ts';

type Operation = (args: readonly unknown[], kwargs: JsonObject) => readonly SymbolicTensor[] | 'mask';

/** What Keras computes masks with. Masks follow from the layers here, so these give none. */
const masks = new Set(['NotEqual', 'Any', 'LogicalOr', 'LogicalAnd', 'LogicalNot', 'All']);

/** What to do at an entry that is no layer; `undefined` for a layer. @throws ModelError for an operation that ibex does not have. */
export function readOperation({ module, class_name: name }: KerasObject, where: string): Operation | undefined {
  if (typeof module !== 'string' || !/^keras\.(src\.)?(ops|activations)/.test(module)) return undefined;
  if (masks.has(name)) return () => 'mask';
  throw new ModelError(where, `is the operation ${module}.${name}, which ibex does not know; build the model of layers`);
}
