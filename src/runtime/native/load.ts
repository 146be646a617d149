/** Brings up native TensorFlow as the tfjs backend `tensorflow`: ibex's own loading of tfjs-node's addon, kernels and backend. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import util from 'node:util';
import { offerRecorder } from '../../core/recorder.ts';
import { tf } from '../../core/tensor.ts';
import { loadAddon } from './addon.ts';
import { findInstallations, type Installation } from './find.ts';
import { registerKernels } from './kernels/index.ts';
import type { NativeBackend, NativeBinding } from './ops.ts';
import { loadSessionAddon } from './record/sessionAddon.ts';
import { recorder } from './record/record.ts';

export interface Failure {
  installation: Installation;
  problem: string;
}

/** Either what runs, or what was found and does not start (nothing, where nothing is installed). */
export type Start = { running: Installation | 'already loaded' } | { running: undefined; failures: Failure[] };

/** What is wrong, in a clause; undefined if nothing is installed that could be wrong. */
export const describeFailures = (failures: readonly Failure[]): string | undefined =>
  failures.length === 0 ? undefined : `native TensorFlow does not load: ${failures.map(({ installation, problem }) => `${problem} (${installation.origin})`).join('; ')}`;

let started: Start | undefined;

/**
 * TensorFlow reads these from the environment when it is loaded. Its log would begin each program with lines on processor features, and tell of each graph that
 * one of its optimizers has given up on, which then runs as it is; what a user should know of comes as an exception. And it would take all of a GPU's memory, so
 * that no second process could use it. What the user has set stands.
 * Sessions would share one pool of threads, too, as many as there are cores, where small steps are faster on one of their own.
 */
function setDefaults(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  process.env.TF_OVERRIDE_GLOBAL_THREADPOOL ??= '1';
}

/** Two lines of TensorFlow's static initialisation obey no log level: standard error is closed while the library is loaded. */
function loadQuietly({ folder, binding }: Installation): NativeBinding {
  const muteFile = join(folder, 'mute.node');
  if (process.env.TF_CPP_MIN_LOG_LEVEL === '0' || !existsSync(muteFile)) return loadAddon(binding) as NativeBinding;
  const { mute, unmute } = loadAddon(muteFile) as { mute(): void; unmute(): void };
  mute();
  try {
    return loadAddon(binding) as NativeBinding;
  } finally {
    unmute();
  }
}

/** tfjs-node, which this process has imported by itself, calls two functions that Node 23 took away. */
function restoreUtil(): void {
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray });
}

async function start(): Promise<Start> {
  if (tf.engine().registryFactory.tensorflow) {
    restoreUtil();
    await tf.setBackend('tensorflow');
    registerKernels();
    return { running: 'already loaded' };
  }
  const installations = findInstallations();
  const failures: Failure[] = [];
  for (const installation of installations) {
    try {
      setDefaults();
      const binding = loadQuietly(installation);
      const { NodeJSKernelBackend } = await import('./generated/tfjsNode.ts');
      // The backend asks this name whether it may leave to a GPU what the CPU kernels refuse.
      const name = binding.isUsingGpuDevice() ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
      const backend = new NodeJSKernelBackend(binding, name) as NativeBackend;
      tf.registerBackend('tensorflow', () => backend, 3);
      registerKernels();
      if (!binding.isUsingGpuDevice()) loadSessionAddon(installation.origin);
      return { running: installation };
    } catch (error) {
      failures.push({ installation, problem: error instanceof Error ? error.message.split('\n')[0]! : String(error) });
    }
  }
  return { running: undefined, failures };
}

/** Loads the first native TensorFlow that starts, once in a process; it is not made the backend in use. */
export async function startNative(): Promise<Start> {
  started ??= await start();
  if (started.running) offerRecorder('tensorflow', recorder);
  return started;
}
