/** Graphs that run on JavaScript's own numbers, from typed arrays to typed arrays. Where the addon for that does not load, there is none; then they run on tensors. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Numbers } from '../../../core/hostTensor.ts';
import { integer, join as joinFields, message, text } from '../../../core/protobuf.ts';
import { loadAddon } from '../addon.ts';
import type { Installation } from '../find.ts';
import { packageRoot } from '../home.ts';
import { encodeGraph, type Graph } from './graph.ts';

/** bindings/session.cc. */
interface Addon {
  open(graph: Uint8Array, config: Uint8Array, inputs: number, outputs: number): object;
  /** `false` if an output is not of the size of its array. */
  run(session: object, ...numbers: Numbers[]): boolean;
  close(session: object): void;
}

let addon: Addon | undefined;

/** To be called once TensorFlow is loaded: the addon links to what is there, by the library's name, which is another one where tfjs-node has brought it. */
export function loadDirect(origin: Installation['origin']): void {
  const name = origin === 'ibex setup native' ? 'session.node' : 'session-libtensorflow.node';
  const file = join(packageRoot(), 'bindings', `${process.platform}-${process.arch}`, name);
  if (!existsSync(file)) return;
  try {
    addon = loadAddon(file) as Addon;
  } catch {
    // Predictions take longer without it, and are the same.
  }
}

/**
 * One operation after another in the thread that asks (ConfigProto.inter_op_parallelism_threads and experimental.executor_type of tensorflow/core/protobuf/config.proto):
 * handing a small graph over to another thread takes longer than the graph. Large operations share out their own work as ever.
 */
const config = joinFields([integer(5, -1), message(16, text(3, 'SINGLE_THREADED_EXECUTOR'))]);

export interface DirectSession {
  /** `false` if an output is not of the size of its array. */
  run(numbers: readonly Numbers[]): boolean;
  close(): void;
}

/**
 * @param graph - takes the placeholders `x0`, `x1` …, and puts out what its node `call` does
 * @returns `undefined` where the addon did not load
 * @throws Error with TensorFlow's words if it refuses the graph
 */
export function openDirect(graph: Graph, { inputs, outputs }: { readonly inputs: number; readonly outputs: number }): DirectSession | undefined {
  if (!addon) return undefined;
  const { open, run, close } = addon;
  const session = open(encodeGraph(graph), config, inputs, outputs);
  return { run: (numbers) => run(session, ...numbers), close: () => close(session) };
}
