/** Puts TensorFlow's own fused operations in place of what tfjs writes long-hand, where a pattern is certain. */
import type { Node } from './graph.ts';

export type Operation = Omit<Node, 'name'>;

/** What is there already. */
export interface Surroundings {
  /** The node that a reference is an output of, if it is of one. */
  nodeOf(reference: string): Node | undefined;
  shapeOf(reference: string): readonly number[];
  /** The number that all of a constant's elements are, if they are one. */
  constantOf(reference: string): number | undefined;
}

type Rule = (operation: Operation, surroundings: Surroundings) => Operation | undefined;

/** Inputs of the node behind a reference, if it is of this operation. */
const inputsOf = ({ nodeOf }: Surroundings, reference: string | undefined, op: string): readonly string[] | undefined => {
  const node = reference === undefined ? undefined : nodeOf(reference);
  return node?.op === op ? node.inputs : undefined;
};

/** `dy · step(x)`, with step written as `isNaN(x) ? x : x > 0 ? 1 : 0`: the gradient of relu. */
const reluGradient: Rule = ({ op, inputs, attrs }, around) => {
  if (op !== 'Mul') return undefined;
  const [dy, step] = inputs as [string, string];
  const [isNaN, x, positive] = inputsOf(around, step, 'Select') ?? [];
  const [greater, one, zero] = inputsOf(around, positive, 'Select') ?? [];
  const [compared, threshold] = inputsOf(around, greater, 'Greater') ?? [];
  if (x === undefined || compared !== x || inputsOf(around, isNaN, 'IsNan')?.[0] !== x) return undefined;
  if (around.constantOf(threshold!) !== 0 || around.constantOf(one!) !== 1 || around.constantOf(zero!) !== 0) return undefined;
  if (around.shapeOf(dy).join() !== around.shapeOf(x).join()) return undefined;
  return { op: 'ReluGrad', inputs: [dy, x], attrs: { T: attrs.T! } };
};

const rules: readonly Rule[] = [reluGradient];

/** The operation to compute instead; its outputs are the same. */
export function rewrite(operation: Operation, surroundings: Surroundings): Operation {
  for (const rule of rules) {
    const better = rule(operation, surroundings);
    if (better) return better;
  }
  return operation;
}
