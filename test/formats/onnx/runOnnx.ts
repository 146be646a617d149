/** Runs ONNX files in ONNX Runtime. */
import { readFileSync } from 'node:fs';
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-web';
import { tf, type Tensor } from 'ibexjs';

env.wasm.numThreads = 1;
env.logLevel = 'error';

export type Session = InferenceSession;

export const openOnnx = (file: string): Promise<Session> => InferenceSession.create(readFileSync(file), { logSeverityLevel: 3 });

/** Outputs by name, in the file's order; the caller disposes of them. */
export async function runOnnx(session: Session, inputs: readonly Tensor[]): Promise<Record<string, Tensor>> {
  const feeds = Object.fromEntries(session.inputNames.map((name, i) => {
    const { dtype, shape } = inputs[i]!;
    const data = inputs[i]!.dataSync();
    return [name, dtype === 'bool' ? new OrtTensor('bool', Uint8Array.from(data), shape) : new OrtTensor(dtype as 'float32', data as Float32Array, shape)];
  }));
  const results = await session.run(feeds);
  return Object.fromEntries(session.outputNames.map((name) => {
    const { data, dims, type } = results[name]!;
    return [name, tf.tensor(data as Float32Array, [...dims], type as 'float32')];
  }));
}
