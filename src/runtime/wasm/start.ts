import '@tensorflow/tfjs-backend-wasm';
import { tf } from '../../core/tensor.ts';

/** Brings up the WebAssembly engine. */
export async function startWasm(): Promise<void> {
  await tf.setBackend('wasm');
}
