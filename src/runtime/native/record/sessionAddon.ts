/**
 * bindings/session.cc: TensorFlow's sessions without tensors of tfjs-node's on the way. Where that addon does not load, predictions take longer, and
 * training runs whole epochs as one graph, in the thread that asks; the numbers are the same.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Numbers } from '../../../core/hostTensor.ts';
import { integer, join as joinFields, message, text } from '../../../core/protobuf.ts';
import { loadAddon } from '../addon.ts';
import type { Installation } from '../find.ts';
import { packageRoot } from '../home.ts';
import { encodeGraph, type Graph } from './graph.ts';

declare const heldKind: unique symbol;
/** The number of a tensor of TensorFlow's; another may take its place. */
export type Held = number & { readonly [heldKind]: true };
declare const sessionKind: unique symbol;
export interface OpenSession { readonly [sessionKind]: true }

/** Steps over an order: rows a step, steps a run, tensors that they take and where among these each output goes (nowhere, if there are no places). */
export type Steps = readonly [order: Uint32Array, rows: number, room: number, helds: Int32Array, places: Int32Array];

interface Addon {
  /** Of each output of the graph's node `call`: type, number of axes, their sizes. `undefined` if only computing tells them. @throws Error with TensorFlow's words if it refuses the graph */
  infer(graph: Uint8Array): Int32Array | undefined;
  open(graph: Uint8Array, config: Uint8Array, inputs: number, outputs: number): OpenSession;
  /** `false` if an output is not of the size of its array. */
  run(session: OpenSession, ...numbers: Numbers[]): boolean;
  close(session: OpenSession): void;
  hold(): Held;
  fill(held: Held, type: number, shape: Int32Array, numbers: Numbers): void;
  /** `false` if there is no tensor of that size. */
  read(held: Held, into: Numbers): boolean;
  /** The same tensor for both. */
  adopt(held: Held, other: Held): void;
  /** Its number may be another's afterwards. */
  drop(held: Held): void;
  /** @throws Error with TensorFlow's words if a run fails; the tensors are as after the one before */
  train(session: OpenSession, ...steps: Steps): void;
  /** The same on another thread; resolves when that is done. */
  start(session: OpenSession, ...steps: Steps): Promise<void>;
  /** Waits for what was started, and takes over what it came to. @throws Error as `train` does */
  finish(session: OpenSession): void;
}

let addon: Addon | undefined;

export const sessionAddon = (): Addon | undefined => addon;

/** To be called once TensorFlow is loaded: the addon links to what is there, by the library's name, which is another one where tfjs-node has brought it. */
export function loadSessionAddon(origin: Installation['origin']): void {
  const name = origin === 'ibex setup native' ? 'session.node' : 'session-libtensorflow.node';
  const file = join(packageRoot(), 'bindings', `${process.platform}-${process.arch}`, name);
  if (!existsSync(file)) return;
  try {
    addon = loadAddon(file) as Addon;
  } catch {
    // See above.
  }
}

/** How a graph runs (tensorflow/core/protobuf/config.proto). */
export const configs = {
  /** One operation after another in the thread that asks: handing a small one over to another thread takes longer than the operation. Large ones share out their own work as ever. */
  direct: joinFields([integer(5, -1), message(16, text(3, 'SINGLE_THREADED_EXECUTOR'))]),
  /** The same, with no operation shared out. */
  alone: joinFields([integer(2, 1), integer(5, -1), message(16, text(3, 'SINGLE_THREADED_EXECUTOR'))]),
  /** Operations side by side, shared out on all cores: TensorFlow's own way. */
  shared: integer(2, 0),
};

export interface DirectSession {
  /** `false` if an output is not of the size of its array. */
  run(numbers: readonly Numbers[]): boolean;
  close(): void;
}

/**
 * A graph that runs on JavaScript's own numbers, from typed arrays to typed arrays.
 * @param config - one of `configs`
 * @param graph - takes the placeholders `x0`, `x1` …, and puts out what its node `call` does
 * @returns `undefined` where the addon did not load
 * @throws Error with TensorFlow's words if it refuses the graph
 */
export function openDirect(graph: Graph, config: Uint8Array, { inputs, outputs }: { readonly inputs: number; readonly outputs: number }): DirectSession | undefined {
  if (!addon) return undefined;
  const { open, run, close } = addon;
  const session = open(encodeGraph(graph), config, inputs, outputs);
  return { run: (numbers) => run(session, ...numbers), close: () => close(session) };
}
