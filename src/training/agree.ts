/** Whether a recording computes what its step does. */
import type { Tensor } from '../core/tensor.ts';

const greatest = (values: ArrayLike<number>, measure: (value: number, i: number) => number): number => {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, measure(values[i]!, i));
  return most;
};

/** Whether a replayed tensor has the eager one's numbers: to the last bit, or to what the order of summing makes of a step's change and of rounding. */
export function agree(eager: Tensor, replayed: Tensor, before: Tensor, exact: boolean): boolean {
  const [want, got, start] = [eager.dataSync(), replayed.dataSync(), before.dataSync()];
  const room = exact ? 0 : 1e-3 * greatest(want, (value, i) => Math.abs(value - start[i]!)) + 1e-6 * greatest(want, Math.abs);
  return want.length === got.length && want.every((value, i) => Object.is(value, got[i]) || Math.abs(value - got[i]!) <= room);
}
