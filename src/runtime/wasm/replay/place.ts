/** Where the numbers of a recording lie: what becomes state straight in the state's place, the rest in as little room as will do. */
import { contiguous } from '../strides.ts';
import type { Operand } from './elementwise.ts';
import { isLoop, type Node } from './fuse.ts';
import type { Region, Regions } from './regions.ts';

/** Results begin at so many bytes from one another's cache lines. */
const line = 64;
const rounded = (bytes: number): number => Math.ceil(bytes / line) * line;

/** A result of the step and the place in the state that it goes to. */
export interface Outcome { readonly from: number; readonly to: number; readonly bytes: number }

export interface Placed {
  /** Bytes of working memory. */
  readonly room: number;
  /** The results that are not where they belong after the last node. */
  readonly left: readonly Outcome[];
  /** Where the numbers at an address of the captured calls lie, if the working memory is at `base`. */
  moved(address: number, base: number): number;
}

interface Span { first: number; last: number }

/** The first and the last node that touches each region. */
function spansOf(nodes: readonly Node[]): Map<Region, Span> {
  const spans = new Map<Region, Span>();
  nodes.forEach(({ reads, writes }, at) => {
    for (const region of [...reads, ...writes]) {
      const span = spans.get(region);
      if (span) span.last = at;
      else spans.set(region, { first: at, last: at });
    }
  });
  return spans;
}

/** The operands that a loop goes through element by element, if it goes through all of a region like that. */
function straight({ work }: Node, region: Region, regions: Regions): readonly Operand[] | undefined {
  if (!isLoop(work)) return undefined;
  const own = contiguous(work.sizes).join();
  const operands = work.operations.flatMap(({ inputs, output }) => [...inputs, output]).filter(({ address }) => regions.at(address) === region);
  return operands.every(({ address, strides }) => address === region.start && strides.join() === own) ? operands : undefined;
}

/** Whether one region may lie where another does, which a loop reads for the last time as it writes this one for the first. */
function exchangeable(node: Node, before: Region, after: Region, regions: Regions): boolean {
  const [read, written] = [straight(node, before, regions), straight(node, after, regions)];
  return read !== undefined && written !== undefined && new Set([...read, ...written].map(({ kind }) => kind)).size === 1;
}

/** Results that can be written over the state that they follow: nothing reads that later. */
function inState(nodes: readonly Node[], outcomes: readonly Outcome[], regions: Regions, spans: ReadonlyMap<Region, Span>): Map<Region, number> {
  const found = new Map<Region, number>();
  const sources = new Map<Region | undefined, number>();
  for (const { from } of outcomes) sources.set(regions.at(from), (sources.get(regions.at(from)) ?? 0) + 1);
  for (const { from, to, bytes } of outcomes) {
    const [result, state] = [regions.at(from), regions.at(to)];
    if (!result?.passing || result.start !== from || result.bytes !== bytes || sources.get(result) !== 1 || !state || sources.has(state)) continue;
    const born = spans.get(result)?.first;
    const last = spans.get(state)?.last ?? -1;
    if (born !== undefined && (last < born || (last === born && exchangeable(nodes[born]!, state, result, regions)))) found.set(result, to);
  }
  return found;
}

/** Free stretches of the working memory; it grows as it must. */
class Room {
  readonly #free: { at: number; bytes: number }[] = [];
  size = 0;

  take(bytes: number): number {
    const fitting = this.#free.filter((each) => each.bytes >= bytes).sort((a, b) => a.bytes - b.bytes)[0];
    if (!fitting) {
      const last = this.#free.at(-1);
      const at = last && last.at + last.bytes === this.size ? this.#free.pop()!.at : this.size;
      this.size = at + bytes;
      return at;
    }
    const { at } = fitting;
    fitting.at += bytes;
    fitting.bytes -= bytes;
    if (fitting.bytes === 0) this.#free.splice(this.#free.indexOf(fitting), 1);
    return at;
  }

  give(at: number, bytes: number): void {
    let i = this.#free.findIndex((each) => each.at > at);
    if (i < 0) i = this.#free.length;
    this.#free.splice(i, 0, { at, bytes });
    for (const j of [i, i - 1]) {
      const [left, right] = [this.#free[j], this.#free[j + 1]];
      if (left && right && left.at + left.bytes === right.at) {
        left.bytes += right.bytes;
        this.#free.splice(j + 1, 1);
      }
    }
  }
}

/** Finds places for all regions. `outcomes` that are not placed in the state last to the end. `unneeded`: what never leaves the registers. */
export function place(nodes: readonly Node[], outcomes: readonly Outcome[], regions: Regions, unneeded: ReadonlySet<Region>): Placed {
  const spans = spansOf(nodes);
  const states = inState(nodes, outcomes, regions, spans);
  const left = outcomes.filter(({ from }) => !states.has(regions.at(from)!));
  const lasting = new Set(left.map(({ from }) => regions.at(from)));
  const room = new Room();
  const places = new Map<Region, number>();
  const begin: Region[][] = nodes.map(() => []);
  const end: Region[][] = nodes.map(() => []);
  for (const [region, { first, last }] of spans) {
    if (!region.passing || states.has(region) || unneeded.has(region)) continue;
    begin[first]!.push(region);
    if (!lasting.has(region)) end[last]!.push(region);
  }
  nodes.forEach((node, at) => {
    const taken = new Set<Region>();
    for (const region of begin[at]!) {
      const before = end[at]!.find((each) => places.has(each) && !taken.has(each) && rounded(each.bytes) === rounded(region.bytes) && exchangeable(node, each, region, regions));
      if (before) taken.add(before);
      places.set(region, before ? places.get(before)! : room.take(rounded(region.bytes)));
    }
    for (const region of end[at]!) if (!taken.has(region)) room.give(places.get(region)!, rounded(region.bytes));
  });
  return {
    room: room.size,
    left,
    moved(address, base) {
      const region = regions.at(address);
      if (!region) return address;
      const within = address - region.start;
      const state = states.get(region);
      if (state !== undefined) return state + within;
      const at = places.get(region);
      return at === undefined ? address : base + at + within;
    },
  };
}
