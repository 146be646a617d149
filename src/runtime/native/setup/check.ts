/**
 * A program: trains a small convolutional net on the engine that `IBEX_BACKEND` names, and writes down as JSON how that went.
 * It runs in a process of its own, because a library that does not suit the machine may end the process.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tf, type Scalar, type Tensor4D } from '../../../core/tensor.ts';
import { getBackend, startEngine } from '../../choose.ts';
import type { Installation } from '../find.ts';
import { describeFailures, startNative } from '../load.ts';
import { findNativeBackend, type NativeBackend } from '../ops.ts';

export interface Report {
  engine: string;
  /** The native TensorFlow that runs here. */
  installation?: Installation;
  lossBefore: number;
  lossAfter: number;
  milliseconds: number;
  /** Only of the native engine. */
  tensorflow?: string;
  usesGpu?: boolean;
  hasXla?: boolean;
}

/** Pictures of 8×8 whose left or right half is bright, by class. */
function pictures(): { x: Tensor4D; y: ReturnType<typeof tf.oneHot> } {
  const bright = (picture: number, column: number) => (column < 4) === (picture % 2 === 0);
  const pixels = Float32Array.from({ length: 32 * 64 }, (_, i) => (bright(Math.floor(i / 64), i % 8) ? 1 : 0) + 0.3 * Math.sin(12.9898 * i));
  return { x: tf.tensor4d(pixels, [32, 8, 8, 1]), y: tf.oneHot(tf.tensor1d(Array.from({ length: 32 }, (_, i) => i % 2), 'int32'), 2) };
}

function train(): Pick<Report, 'lossBefore' | 'lossAfter' | 'milliseconds'> {
  const { x, y } = pictures();
  const weights = (shape: number[]) => tf.variable(tf.mul(0.3, tf.cos(tf.range(0, tf.util.sizeFromShape(shape)))).reshape(shape));
  const filter = weights([3, 3, 1, 4]);
  const kernel = weights([64, 2]);
  const loss = () => {
    const features = tf.maxPool(tf.relu(tf.conv2d(x, filter as Tensor4D, 1, 'same')), 2, 2, 'same');
    return tf.losses.softmaxCrossEntropy(y, tf.matMul(tf.reshape(features, [32, 64]), kernel)) as Scalar;
  };
  const adam = tf.train.adam(0.02);
  const start = performance.now();
  const losses = Array.from({ length: 30 }, () => adam.minimize(loss, true)!.dataSync()[0]!);
  return { lossBefore: losses[0]!, lossAfter: losses.at(-1)!, milliseconds: performance.now() - start };
}

// SavedModel of `y = double(x)`, x float32 [2], where the function `double` (AddV2 of x and x) carries the attribute _XlaMustCompile.
const xlaModel = 'CAEShQIKByIFc2VydmUS+QEKLgoBeBILUGxhY2Vob2xkZXIqCwoFZHR5cGUSAjABKg8KBXNoYXBlEgY6BBICCAIKZAoBeRIXU3RhdGVmdWxQYXJ0aXRpb25lZENhbGwaAXgqDAoDVGluEgUKAzIBASoNCgRUb3V0EgUKAzIBASoVCg9fWGxhTXVzdENvbXBpbGUSAigBKg8KAWYSClIICgZkb3VibGUSXApaChYKBmRvdWJsZRIFCgF4GAEaBQoBeRgBGhsKA3N1bRIFQWRkVjIaAXgaAXgqBwoBVBICMAEiDAoBeRIHc3VtOno6MCoVCg9fWGxhTXVzdENvbXBpbGUSAigBIgMIvwg=';

/** Whether TensorFlow can compile a graph by XLA here. */
function tryXla({ binding, getInputTensorIds }: NativeBackend): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), Buffer.from(xlaModel, 'base64'));
    const model = binding.loadSavedModel(folder, 'serve');
    const [y] = binding.runSavedModel(model, getInputTensorIds.call(tf.backend(), [tf.tensor1d([1, 2])]), 'x:0', 'y:0');
    return binding.tensorDataSync(y!.id)[1] === 4;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let installation: Installation | undefined;
if (process.env.IBEX_BACKEND === 'native') {
  const start = await startNative();
  if (!start.running) throw new Error(describeFailures(start.failures) ?? 'it is not installed');
  if (start.running !== 'already loaded') installation = start.running;
}
await startEngine();
const native = findNativeBackend();
const report: Report = {
  engine: getBackend(),
  ...(installation ? { installation } : {}),
  ...train(),
  ...(native ? { tensorflow: native.binding.TF_Version, usesGpu: native.isUsingGpuDevice, hasXla: tryXla(native) } : {}),
};
if (!(report.lossAfter < report.lossBefore / 4)) throw new Error(`training does not work: the loss went from ${report.lossBefore} to ${report.lossAfter}`);
console.log(JSON.stringify(report));
