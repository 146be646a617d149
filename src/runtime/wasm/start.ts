import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { ModelError } from '../../core/errors.ts';
import { offerRecorder } from '../../core/recorder.ts';
import { tf } from '../../core/tensor.ts';
import { hasFusedMultiply } from './fusedMultiply.ts';
import { plain, relaxed, type Kernels } from './generated/kernels.ts';
import { forgetHeap, heap, type Module, reserveScratch } from './heap.ts';
import { install } from './kernel.ts';
import { binaryKernels } from './kernels/binary.ts';
import { convertKernels } from './kernels/convert.ts';
import { convolutionKernels } from './kernels/convolution.ts';
import { depthwiseKernels } from './kernels/depthwise.ts';
import { dilationKernels } from './kernels/dilation.ts';
import { einsumKernels } from './kernels/einsum.ts';
import { unaryKernels } from './kernels/unary.ts';
import { logicKernels } from './kernels/logic.ts';
import { lookupKernels } from './kernels/lookup.ts';
import { matMulKernels } from './kernels/matMul.ts';
import { moveKernels } from './kernels/move.ts';
import { normalizeKernels } from './kernels/normalize.ts';
import { poolKernels } from './kernels/pool.ts';
import { randomKernels } from './kernels/random.ts';
import { rearrangeKernels } from './kernels/rearrange.ts';
import { reduceKernels } from './kernels/reduce.ts';
import { resizeKernels } from './kernels/resize.ts';
import { recorder } from './replay/record.ts';
import { segmentKernels } from './kernels/segments.ts';
import { wantedThreads } from './threads/count.ts';
import { isShared, withSharedMemory } from './threads/sharedMemory.ts';
import { expectHelpers } from './threads/threads.ts';
import { sequenceKernels } from './kernels/sequence.ts';
import { transformKernels } from './kernels/transform.ts';

const kernels = [
  matMulKernels, convolutionKernels, depthwiseKernels, poolKernels, dilationKernels, einsumKernels, unaryKernels, binaryKernels, reduceKernels, moveKernels, rearrangeKernels, resizeKernels, transformKernels, convertKernels,
  logicKernels, lookupKernels, segmentKernels, sequenceKernels, normalizeKernels, randomKernels,
].flat();

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Our kernels in the memory of tfjs's: with fused multiply-add where WebAssembly has it. */
async function instantiate(memory: WebAssembly.Memory): Promise<{ own: Kernels; compiled: WebAssembly.Module }> {
  const bytes = decode(hasFusedMultiply() ? relaxed : plain);
  const { instance, module } = await WebAssembly.instantiate(isShared(memory) ? withSharedMemory(bytes)! : bytes, { env: { memory } });
  return { own: instance.exports as unknown as Kernels, compiled: module };
}

/** Starts tfjs's engine, in memory that threads can share or not. It is compiled within tfjs, which offers no other way to say so. */
async function startTfjs(share: boolean): Promise<boolean> {
  const { instantiate: asItIs } = WebAssembly;
  if (share) {
    WebAssembly.instantiate = ((module: Uint8Array<ArrayBuffer>, imports?: WebAssembly.Imports) => asItIs(withSharedMemory(module) ?? module, imports)) as typeof asItIs;
  }
  try {
    return await tf.setBackend('wasm');
  } finally {
    WebAssembly.instantiate = asItIs;
  }
}

async function start(): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm');
  const threads = wantedThreads();
  // Where memory cannot be shared, one thread computes.
  if (!(threads > 1 && (await startTfjs(true))) && !(await startTfjs(false))) throw new ModelError('startWasm', 'the WebAssembly engine does not start here; ibex needs WebAssembly with SIMD.');
  const backend = tf.backend() as BackendWasm;
  if (heap.backend === backend) return;
  forgetHeap();
  const module = backend.wasm as unknown as Module;
  const { own, compiled } = await instantiate(module.asm.memory);
  Object.assign(heap, { backend, module, kernels: own });
  expectHelpers(isShared(module.asm.memory) ? threads - 1 : 0, compiled);
  reserveScratch(3 << 20);
  kernels.forEach(install);
  offerRecorder('wasm', recorder);
}

let starting: Promise<void> | undefined;

/** Makes the WebAssembly engine, with ibex's kernels, ready and current. Calling it again does no harm. */
export async function startWasm(): Promise<void> {
  starting = (starting ?? Promise.resolve()).then(start, start);
  await starting;
}
