import { registerDilated } from './dilated.ts';
import { registerGather } from './gather.ts';
import { registerMissing } from './missing.ts';
import { registerPadded } from './padded.ts';
import { registerPointwise } from './pointwise.ts';
import { registerProduct } from './product.ts';
import { registerSequences } from './sequence.ts';

/** What the native engine needs beyond tfjs-node's kernels. */
export function registerKernels(): void {
  registerMissing();
  registerGather();
  registerProduct();
  registerPointwise();
  registerPadded();
  registerDilated();
  registerSequences();
}
