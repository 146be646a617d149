/** What a captured computation comes to: fewer calls, loops in the place of some, and a plan of where their numbers lie. */
import type { Capture } from './capture.ts';
import { fuse, isLoop, type Node } from './fuse.ts';
import { place, type Outcome, type Placed } from './place.ts';
import { Regions, type Region } from './regions.ts';

export interface Program {
  readonly nodes: readonly Node[];
  readonly placed: Placed;
  /** Whether anything reads what a loop writes to an address, but the loop itself. */
  needed(address: number): boolean;
}

/** @param state - where the state lies, in its order; @param outcomes - what goes there, or has to be found after the last call. */
export function plan({ calls, passing }: Pick<Capture<unknown>, 'calls' | 'passing'>, state: readonly { readonly start: number; readonly bytes: number }[], outcomes: readonly Outcome[]): Program {
  const regions = new Regions([...passing.map((each) => ({ ...each, passing: true })), ...state.map((each) => ({ ...each, passing: false }))]);
  const nodes = fuse(calls, regions);
  const users = new Map<Region, Set<Node>>();
  for (const node of nodes) {
    for (const region of [...node.reads, ...node.writes]) {
      const known = users.get(region);
      if (known) known.add(node);
      else users.set(region, new Set([node]));
    }
  }
  const lasting = new Set(outcomes.map(({ from }) => regions.at(from)));
  const own = (node: Node, region: Region) => region.passing && !lasting.has(region) && users.get(region)!.size === 1 && isLoop(node.work);
  const unneeded = new Set<Region>();
  for (const node of nodes) {
    for (const region of node.writes) if (own(node, region)) unneeded.add(region);
  }
  return {
    nodes,
    placed: place(nodes, outcomes, regions, unneeded),
    needed(address) {
      const region = regions.at(address);
      return region === undefined || !unneeded.has(region);
    },
  };
}
