/** What rules that put one operation in place of others go by. */
import type { Node } from './graph.ts';

/** `output`: the one that counts, if it is not the first. */
export type Operation = Omit<Node, 'name'> & { readonly output?: number };

/** What is there already. */
export interface Surroundings {
  /** The node that a reference is an output of, if it is of one. */
  nodeOf(reference: string): Node | undefined;
  shapeOf(reference: string): readonly number[];
  /** The first output of a node that computes this already. */
  find(op: string, inputs: readonly string[]): string | undefined;
  /** The first output, of this shape, of a node that computes this: a new one if there is none. */
  add(operation: Operation, shape: readonly number[]): string;
  /** The number that all of a constant's elements are, if they are one. */
  constantOf(reference: string): number | undefined;
  /** The numbers of a constant that may list axes. */
  axesOf(reference: string): readonly number[] | undefined;
}

/** The operation to compute instead; all of its outputs are the same, or the only one is its `output`. */
export type Rule = (operation: Operation, surroundings: Surroundings) => Operation | undefined;

/** Inputs of the node behind a reference, if it is of this operation. */
export function inputsOf({ nodeOf }: Surroundings, reference: string | undefined, op: string): readonly string[] | undefined {
  const node = reference === undefined ? undefined : nodeOf(reference);
  return node?.op === op ? node.inputs : undefined;
}

export const sameBytes = (a: Uint8Array | undefined, b: Uint8Array) => a !== undefined && Buffer.compare(a, b) === 0;
