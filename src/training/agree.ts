/** Whether a recording computes what its step does. */
import { tf, type Tensor } from '../core/tensor.ts';

function greatest(values: ArrayLike<number>, measure: (value: number, i: number) => number): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, measure(values[i]!, i));
  return most;
}

/** By how much more than one rounding the sums of a long list may differ in another order: those of 25,000 numbers did by 35. */
const sumsDiffer = 256;

/** A state that differs from another by about what rounding makes of it: every other float of a list by one part in four million. */
const shaken = (state: readonly Tensor[]): Tensor[] =>
  state.map((tensor) => {
    if (tensor.dtype !== 'float32' || tensor.size < 2) return tensor;
    const numbers = tensor.dataSync().map((value, i) => (i % 2 ? value : value * (1 + 2 ** -22)));
    return tf.tensor(numbers, tensor.shape);
  });

/** Whether tensors have the wanted ones' numbers: to the last bit, or to what the order of summing makes of a step's change and of rounding, and to so much more. */
function close(wanted: Tensor, tensor: Tensor, before: Tensor, exact: boolean, more: number): boolean {
  const [want, got, start] = [wanted.dataSync(), tensor.dataSync(), before.dataSync()];
  const room = exact ? 0 : 1e-3 * greatest(want, (value, i) => Math.abs(value - start[i]!)) + 1e-6 * greatest(want, Math.abs) + more;
  return want.length === got.length && want.every((value, i) => Object.is(value, got[i]) || Math.abs(value - got[i]!) <= room);
}

/**
 * Whether replayed tensors have the eager ones' numbers, but for rounding if not `exact`. Some steps blow rounding up: the gradient of a bias before
 * batch normalization is 0 but for rounding, and RMSprop divides it by its own size. How far they do, `step` tells when it is taken from a shaken state;
 * unless it gives other numbers each time.
 */
export function agree(eager: readonly Tensor[], replayed: readonly Tensor[], before: readonly Tensor[], exact: boolean, step: (state: readonly Tensor[]) => readonly Tensor[]): boolean {
  const apart = eager.flatMap((tensor, i) => (close(tensor, replayed[i]!, before[i]!, exact, 0) ? [] : [i]));
  if (exact || apart.length === 0) return apart.length === 0;
  const again = step(before);
  if (!eager.every((tensor, i) => close(tensor, again[i]!, before[i]!, exact, 0))) return false;
  const other = step(shaken(before));
  return apart.every((i) => {
    const numbers = other[i]!.dataSync();
    return close(eager[i]!, replayed[i]!, before[i]!, exact, sumsDiffer * greatest(eager[i]!.dataSync(), (value, at) => Math.abs(value - numbers[at]!)));
  });
}
