/** Steps as a graph that the session addon runs, one at a time or in a loop of the graph's: state stays with TensorFlow, and the thread that asks need not wait. */
import type { Phases } from '../../../core/phases.ts';
import { types, calling, type Graph } from './graph.ts';
import { heldOf, lead } from './mirrors.ts';
import type { Places, Runner } from './program.ts';
import { configs, sessionAddon, type OpenSession } from './sessionAddon.ts';
import { endsOf, outputsOf, typesIn, type Port, type Step } from './step.ts';
import { isWorthSharing } from './work.ts';

export function stepGraph(step: Step): Graph {
  const { data, state, results, batchSize } = step;
  const { gathers, reads, writes, nodes } = endsOf(step);
  const rows: Port = { name: 'rows', dtype: types.int32, shape: [batchSize] };
  const ports = [rows, ...gathers.map((i) => data[i]!), ...reads.map((i) => state[i]!)];
  const written = writes.map((i) => state[i]!);
  const body = { name: 'step', inputs: typesIn(ports), outputs: outputsOf(written, (_, i) => results[writes[i]!]!), nodes: nodes(rows.name) };
  return calling(body, ports.map(({ shape }) => shape));
}

/** Milliseconds that steps may take in the thread that asks: on a busy machine another one may be slow to begin. */
const patience = 20;

/** Steps on another thread, and what went wrong with them. */
interface Beside { readonly over: Promise<void>; problem?: unknown }

export class AddonRunner implements Runner {
  readonly #addon = sessionAddon()!;
  readonly #batchSize: number;
  /** Steps that a run of the graph makes at most. */
  readonly #room: number;
  readonly #session: OpenSession;
  /** Where among what a step takes its outputs go. */
  readonly #places: Int32Array;
  #prepared = false;
  #beside: Beside | undefined;
  /** Milliseconds that a step took when there were last enough of them to tell. */
  #pace = 0;

  /**
   * @param graph - bytes of a GraphDef
   * @param room - of a graph with a loop: steps that a run of it makes at most
   */
  constructor(step: Step, graph: Uint8Array, room = 1) {
    const { gathers, reads, writes } = endsOf(step);
    this.#room = room;
    this.#batchSize = step.batchSize;
    this.#places = Int32Array.from(writes, (i) => gathers.length + reads.indexOf(i));
    this.#session = this.#addon.open(graph, isWorthSharing(step.work) ? configs.shared : configs.alone, (room > 1 ? 2 : 1) + gathers.length + reads.length, writes.length);
  }

  /** Two who train the same model at a time take turns: one waits for the other's steps. */
  #finish(): void {
    const beside = this.#beside;
    if (!beside) return;
    this.#beside = undefined;
    try {
      this.#addon.finish(this.#session);
    } catch (error) {
      beside.problem = error;
    }
  }

  *#start(order: Uint32Array, helds: Int32Array, places: Int32Array): Phases<void> {
    this.#finish();
    const beside: Beside = { over: this.#addon.start(this.#session, order, this.#batchSize, this.#room, helds, places) };
    this.#beside = beside;
    yield beside.over;
    if (this.#beside === beside) this.#finish();
    if (beside.problem !== undefined) throw beside.problem;
  }

  *prepare({ reads }: Places): Phases<void> {
    if (this.#prepared) return;
    // A step whose outputs nobody takes.
    const order = new Uint32Array(this.#batchSize);
    const begun = performance.now();
    yield* this.#start(order, heldOf(reads), new Int32Array(0));
    this.#note(order, begun);
    this.#prepared = true;
  }

  #note(order: Uint32Array, since: number): void {
    this.#pace = ((performance.now() - since) * this.#batchSize) / order.length;
  }

  run(order: Uint32Array, { reads, writes }: Places): void {
    this.#finish();
    const helds = heldOf(reads);
    const begun = performance.now();
    try {
      this.#addon.train(this.#session, order, this.#batchSize, this.#room, helds, this.#places);
    } finally {
      lead(writes);
    }
    this.#note(order, begun);
  }

  *runBeside(order: Uint32Array, { reads, writes }: Places): Phases<void> {
    const helds = heldOf(reads);
    const begun = performance.now();
    try {
      yield* this.#start(order, helds, this.#places);
    } finally {
      lead(writes);
    }
    this.#note(order, begun);
  }

  takesLong(steps: number): boolean {
    return steps * this.#pace > patience;
  }

  close(): void {
    this.#addon.close(this.#session);
  }
}
