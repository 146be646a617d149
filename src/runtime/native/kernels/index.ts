import { registerDilated } from './dilated.ts';
import { registerMissing } from './missing.ts';
import { registerPadded } from './padded.ts';

/** What the native engine needs beyond tfjs-node's kernels. */
export function registerKernels(): void {
  registerMissing();
  registerPadded();
  registerDilated();
}
