/** Whether a recording computes what its step does. */
import type { Phases } from '../core/phases.ts';
import { tf, type Tensor } from '../core/tensor.ts';

/** By how much more than one rounding the sums of a long list may differ in another order: those of 25,000 numbers did by 35. */
const sumsDiffer = 256;
/** Numbers that are compared in one turn of the event loop, more or less. */
const inOneTurn = 2 ** 20;

/** A state that differs from another by about what rounding makes of it: every other float of a list by one part in four million. */
const shaken = (state: readonly Tensor[]): Tensor[] =>
  state.map((tensor) => {
    if (tensor.dtype !== 'float32' || tensor.size < 2) return tensor;
    const numbers = tensor.dataSync().map((value, i) => (i % 2 ? value : value * (1 + 2 ** -22)));
    return tf.tensor(numbers, tensor.shape);
  });

/** The greatest of numbers' sizes, and of their distances from others; NaN if one is. */
function greatest(values: ArrayLike<number>, others: ArrayLike<number>): { readonly size: number; readonly distance: number } {
  let [size, distance] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    size = Math.max(size, Math.abs(values[i]!));
    distance = Math.max(distance, Math.abs(values[i]! - others[i]!));
  }
  return { size, distance };
}

/** Whether tensors have the wanted ones' numbers: to the last bit, or to what the order of summing makes of a step's change and of rounding, and to so much more. */
function close(wanted: Tensor, tensor: Tensor, before: Tensor, exact: boolean, more: number): boolean {
  const [want, got] = [wanted.dataSync(), tensor.dataSync()];
  let room = 0;
  if (!exact) {
    const { size, distance } = greatest(want, before.dataSync());
    room = 1e-3 * distance + 1e-6 * size + more;
  }
  if (want.length !== got.length) return false;
  for (let i = 0; i < want.length; i++) {
    if (!(Object.is(want[i], got[i]) || Math.abs(want[i]! - got[i]!) <= room)) return false;
  }
  return true;
}

/** Which of the wanted tensors others are not close to. */
function* apartOf(wanted: readonly Tensor[], isClose: (tensor: Tensor, i: number) => boolean): Phases<readonly number[]> {
  const apart: number[] = [];
  let compared = 0;
  for (const [i, tensor] of wanted.entries()) {
    if (!isClose(tensor, i)) apart.push(i);
    compared += tensor.size;
    if (compared < inOneTurn || i === wanted.length - 1) continue;
    compared = 0;
    yield;
  }
  return apart;
}

/**
 * Whether replayed tensors have the eager ones' numbers, but for rounding if not `exact`. Some steps blow rounding up: the gradient of a bias before
 * batch normalization is 0 but for rounding, and RMSprop divides it by its own size. How far they do, `step` tells when it is taken from a shaken state;
 * unless it gives other numbers each time.
 * @param step - the tensors that it gives are the caller's; none if the step cannot be taken any more
 */
export function* agree(
  eager: readonly Tensor[], replayed: readonly Tensor[], before: readonly Tensor[], exact: boolean, step: (state: () => readonly Tensor[]) => Phases<readonly Tensor[]> | undefined,
): Phases<boolean> {
  const apart = yield* apartOf(eager, (tensor, i) => close(tensor, replayed[i]!, before[i]!, exact, 0));
  if (exact || apart.length === 0) return apart.length === 0;
  yield;
  const same = step(() => before);
  if (!same) return false;
  const again = yield* same;
  yield;
  if ((yield* apartOf(eager, (tensor, i) => close(tensor, again[i]!, before[i]!, exact, 0))).length > 0) return false;
  const near = step(() => shaken(before));
  if (!near) return false;
  const other = yield* near;
  yield;
  return apart.every((i) => close(eager[i]!, replayed[i]!, before[i]!, exact, sumsDiffer * greatest(eager[i]!.dataSync(), other[i]!.dataSync()).distance));
}
