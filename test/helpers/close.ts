import { expect } from 'vitest';

/** Every number must satisfy `|got - want| <= atol + rtol · |want|`; NaN equals NaN. */
export function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, { rtol, atol }: { rtol: number; atol: number }): void {
  const far = Array.from(want).findIndex((w, i) => !(Object.is(w, got[i]) || Math.abs(got[i]! - w) <= atol + rtol * Math.abs(w)));
  if (got.length !== want.length || far >= 0) {
    expect.fail(`number ${far} is ${got[far]}, expected ${want[far]}; got [${Array.from(got).slice(0, 12).join(', ')}], expected [${Array.from(want).slice(0, 12).join(', ')}]`);
  }
}
