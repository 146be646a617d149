/**
 * Masks that Keras computes for itself are calls in its files: `NotEqual` of an embedding's input, then what merges masks. Here they follow
 * from the layers, so these calls are left out. A mask that the author of the model gave is another matter.
 */
import { ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import { flat, keyOf, sourceOf, sourcesIn, type Call, type Source } from './calls.ts';
import { isOperation } from './ops/operation.ts';
import type { LayerEntry } from './schema.ts';

const same = (a: Source | undefined, b: Source | undefined) => a && b && keyOf(a) === keyOf(b) && a.index === b.index;

interface Parts { readonly where: string; readonly entries: ReadonlyMap<string, LayerEntry>; readonly calls: ReadonlyMap<string, Call> }

/** Says of a call, by its key, whether it is a mask that follows from the layers. */
export function maskFinder({ where, entries, calls }: Parts): (source: Source) => boolean {
  const firstOf = (call: Call) => sourcesIn({ args: call.args.slice(0, 1), kwargs: call.kwargs }, where)[0];
  const maskers = [...calls].filter(([key]) => {
    const entry = entries.get(key.slice(0, key.lastIndexOf('/')));
    return entry?.class_name === 'Masking' || (entry?.class_name === 'Embedding' && (entry.config as JsonObject).mask_zero === true);
  }).map(([, call]) => firstOf(call));
  const known = new Map<string, boolean>();
  const decide = (source: Source): boolean => {
    const entry = entries.get(source.layer);
    const call = calls.get(keyOf(source));
    if (!entry || !call || !isOperation(entry)) return false;
    if (entry.class_name === 'NotEqual') return maskers.some((masked) => same(masked, sourceOf(call.args[0], where)));
    // Where one of several tensors has no mask, Keras makes one of ones.
    if (entry.class_name === 'OnesLike') return true;
    const before = sourcesIn(call, where);
    return before.length > 0 && before.every(isMask);
  };
  const isMask = (source: Source): boolean => {
    const key = keyOf(source);
    // A circle is no mask; what reads the calls refuses it.
    if (!known.has(key)) known.set(key, false).set(key, decide(source));
    return known.get(key)!;
  };
  return isMask;
}

/** Named arguments without masks that follow from the layers. @throws ModelError for a mask of the author's */
export function withoutMasks(kwargs: JsonObject, isMask: (source: Source) => boolean, where: string): JsonObject {
  return Object.fromEntries(Object.entries(kwargs).filter(([key, value]) => {
    if (key !== 'mask' && !(key.endsWith('_mask') && key !== 'attention_mask')) return true;
    if (typeof value === 'boolean') return true;
    const given = flat(value).filter((each) => each !== null);
    const own = given.find((each) => !sourceOf(each, where) || !isMask(sourceOf(each, where)!));
    if (own !== undefined) throw new ModelError(where, `is called with ${key} = ${JSON.stringify(own as Json).slice(0, 80)}, a mask of the author's own; ibex knows those that embedding({ maskZero }) and masking() make`);
    return false;
  }));
}
