/** What of a recording several threads do. */
import { heap } from '../heap.ts';
import type { Call } from '../replay/capture.ts';
import { hire, layDown, work } from './crew.ts';
import { share } from './share.ts';

let expected: { readonly count: number; readonly module: WebAssembly.Module; hired: boolean } | undefined;

/** Helpers begin when there is work for them. */
export function expectHelpers(count: number, module: WebAssembly.Module): void {
  expected = { count, module, hired: false };
}

/** A kernel call as a job of several threads; `undefined` where it is not worth sharing. */
export function jobOf({ kernel, values }: Call): { run(): void; dispose(): void } | undefined {
  if (!expected) return undefined;
  const calls = share(kernel, values);
  if (calls.length < 2) return undefined;
  if (!expected.hired) {
    expected.hired = true;
    hire(expected.count, expected.module);
  }
  const { address, start } = layDown(kernel, calls);
  return { run: () => work(address), dispose: () => heap.module._free(start) };
}
