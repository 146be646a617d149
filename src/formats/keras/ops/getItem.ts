/** Python's subscript of a tensor: whole numbers, slices, an ellipsis, new axes. */
import { ModelError } from '../../../core/errors.ts';
import type { Json } from '../../../core/keras.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import { isObject } from '../json.ts';
import { isKerasObject } from '../schema.ts';
import { showDims, type Dims } from './dims.ts';

type Key = { readonly kind: 'new' } | { readonly kind: 'at'; readonly place: number } | { readonly kind: 'slice'; readonly start: number | null; readonly stop: number | null; readonly step: number };

const whole: Key = { kind: 'slice', start: null, stop: null, step: 1 };
const isEllipsis = (key: Json) => isKerasObject(key) && key.class_name === '__ellipsis__';

function keyOf(where: string, key: Json): Key {
  if (key === null) return { kind: 'new' };
  if (Number.isSafeInteger(key)) return { kind: 'at', place: key as number };
  const config = isKerasObject(key) && key.class_name === '__slice__' && isObject(key.config) ? key.config : undefined;
  const [start, stop, step] = ['start', 'stop', 'step'].map((name) => config?.[name] ?? null);
  const valid = config && [start, stop, step].every((n) => n === null || Number.isSafeInteger(n)) && ((step as number | null) ?? 1) >= 1;
  if (!valid) throw new ModelError(where, `takes whole numbers and slices with a step of at least 1, got ${JSON.stringify(key).slice(0, 80)}`);
  return { kind: 'slice', start: start as number | null, stop: stop as number | null, step: (step as number | null) ?? 1 };
}

/** One key for each axis of a tensor, and for each new one. */
function keysOf(where: string, subscript: Json | undefined, rank: number): readonly Key[] {
  const given = Array.isArray(subscript) ? (subscript as readonly Json[]) : [subscript ?? null];
  const named = given.filter((key) => key !== null && !isEllipsis(key)).length;
  const dots = given.filter(isEllipsis).length;
  if (named > rank || dots > 1) throw new ModelError(where, `has ${given.length} subscripts for a tensor of ${rank} axes`);
  const rest = Array<Key>(rank - named).fill(whole);
  const keys = given.flatMap((key): readonly Key[] => (isEllipsis(key) ? rest : [keyOf(where, key)]));
  return dots > 0 ? keys : [...keys, ...rest];
}

const within = (place: number | null, otherwise: number, length: number): number =>
  place === null ? otherwise : Math.max(0, Math.min(length, place < 0 ? place + length : place));
const isWhole = (key: Key) => key.kind === 'slice' && key.start === null && key.stop === null && key.step === 1;

export function getItemDims(where: string, dims: Dims, subscript: Json | undefined): Dims {
  let axis = 0;
  return keysOf(where, subscript, dims.length).flatMap((key) => {
    if (key.kind === 'new') return [1];
    const length = dims[axis++]!;
    if (isWhole(key)) return [length];
    if (length === 'batch') throw new ModelError(where, 'takes examples out of the batch, which a model cannot; take axes behind the first');
    if (key.kind === 'slice') {
      if (length === null) return [null];
      const taken = Math.ceil((within(key.stop, length, length) - within(key.start, 0, length)) / key.step);
      if (taken < 1) throw new ModelError(where, `takes nothing of axis ${axis - 1} of ${showDims(dims)}`);
      return [taken];
    }
    if (length !== null && (key.place >= length || key.place < -length)) throw new ModelError(where, `takes place ${key.place} of axis ${axis - 1} of ${showDims(dims)}`);
    return [];
  });
}

export function getItem(x: Tensor, subscript: Json | undefined): Tensor {
  const keys = keysOf('GetItem', subscript, x.rank);
  const begin: number[] = [];
  const end: number[] = [];
  const strides: number[] = [];
  const shape: number[] = [];
  for (const key of keys) {
    if (key.kind === 'new') {
      shape.push(1);
      continue;
    }
    const length = x.shape[begin.length]!;
    const place = key.kind === 'at' ? (key.place < 0 ? key.place + length : key.place) : within(key.start, 0, length);
    const stop = key.kind === 'at' ? place + 1 : within(key.stop, length, length);
    const step = key.kind === 'at' ? 1 : key.step;
    begin.push(place);
    end.push(stop);
    strides.push(step);
    if (key.kind === 'slice') shape.push(Math.max(0, Math.ceil((stop - place) / step)));
  }
  const cut = strides.every((step) => step === 1) ? tf.slice(x, begin, end.map((stop, i) => Math.max(0, stop - begin[i]!))) : tf.stridedSlice(x, begin, end, strides);
  return tf.reshape(cut, shape);
}
