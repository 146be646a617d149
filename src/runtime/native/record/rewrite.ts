/** Puts TensorFlow's own fused operations in place of what tfjs writes long-hand, where a pattern is certain. */
import { attr, type Node } from './graph.ts';

export type Operation = Omit<Node, 'name'>;

/** What is there already. */
export interface Surroundings {
  /** The node that a reference is an output of, if it is of one. */
  nodeOf(reference: string): Node | undefined;
  shapeOf(reference: string): readonly number[];
  /** The first output of a node that computes this already. */
  find(op: string, inputs: readonly string[]): string | undefined;
  /** The number that all of a constant's elements are, if they are one. */
  constantOf(reference: string): number | undefined;
  /** The numbers of a constant that may list axes. */
  axesOf(reference: string): readonly number[] | undefined;
}

type Rule = (operation: Operation, surroundings: Surroundings) => Operation | undefined;

/** Inputs of the node behind a reference, if it is of this operation. */
function inputsOf({ nodeOf }: Surroundings, reference: string | undefined, op: string): readonly string[] | undefined {
  const node = reference === undefined ? undefined : nodeOf(reference);
  return node?.op === op ? node.inputs : undefined;
}

const sameShape = ({ shapeOf }: Surroundings, a: string, b: string) => shapeOf(a).join() === shapeOf(b).join();

const sameBytes = (a: Uint8Array | undefined, b: Uint8Array) => a !== undefined && Buffer.compare(a, b) === 0;

/** A product's factors, in both orders. */
const factors = ({ op, inputs: [a, b] }: Operation): readonly (readonly [string, string])[] => (op === 'Mul' ? [[a!, b!], [b!, a!]] : []);

/** What `formula` finds in one of the two orders of a product. */
const inProduct = (formula: (a: string, b: string, around: Surroundings) => Omit<Operation, 'attrs'> | undefined): Rule => (operation, around) => {
  for (const [a, b] of factors(operation)) {
    const found = formula(a, b, around);
    if (found) return { ...found, attrs: { T: operation.attrs.T! } };
  }
  return undefined;
};

/** `dy · step(x)`, with step written as `isNaN(x) ? x : x > 0 ? 1 : 0`. Where relu(x) is at hand it serves as well, and x need not be kept. */
const reluGradient = inProduct((dy, step, around) => {
  const [isNaN, x, positive] = inputsOf(around, step, 'Select') ?? [];
  const [greater, one, zero] = inputsOf(around, positive, 'Select') ?? [];
  const [compared, threshold] = inputsOf(around, greater, 'Greater') ?? [];
  if (x === undefined || compared !== x || inputsOf(around, isNaN, 'IsNan')?.[0] !== x) return undefined;
  if (around.constantOf(threshold!) !== 0 || around.constantOf(one!) !== 1 || around.constantOf(zero!) !== 0 || !sameShape(around, dy, x)) return undefined;
  return { op: 'ReluGrad', inputs: [dy, around.find('Relu', [x]) ?? x] };
});

/** `(1 - y²) · dy` */
const tanhGradient = inProduct((slope, dy, around) => {
  const [one, square] = inputsOf(around, slope, 'Sub') ?? [];
  const [y] = inputsOf(around, square, 'Square') ?? [];
  if (y === undefined || around.constantOf(one!) !== 1 || !sameShape(around, dy, y)) return undefined;
  return { op: 'TanhGrad', inputs: [y, dy] };
});

/** `dy · (y · (1 - y))` */
const sigmoidGradient = inProduct((dy, slope, around) => {
  const [y, rest] = inputsOf(around, slope, 'Mul') ?? [];
  const [one, same] = inputsOf(around, rest, 'Sub') ?? [];
  if (y === undefined || same !== y || around.constantOf(one!) !== 1 || !sameShape(around, dy, y)) return undefined;
  return { op: 'SigmoidGrad', inputs: [y, dy] };
});

/** A bias on a convolution: so named, TensorFlow computes it and an activation in one go. (On a product of matrices that takes longer than it saves.) */
const bias: Rule = ({ op, inputs, attrs }, around) => {
  const [x, b] = inputs as [string, string];
  if (op !== 'Add' || around.nodeOf(x)?.op !== 'Conv2D') return undefined;
  const shape = around.shapeOf(b);
  // As with Add, the last axis is the one that has the biases.
  return shape.length === 1 && shape[0] === around.shapeOf(x).at(-1) ? { op: 'BiasAdd', inputs, attrs: { T: attrs.T! } } : undefined;
};

/** A sum over all axes but the last, of pictures or more: so named, TensorFlow computes it along with the gradient of the convolution's filter. */
const biasGradient: Rule = ({ op, inputs, attrs }, around) => {
  const [x, over] = inputs as [string, string];
  if (op !== 'Sum') return undefined;
  const { length: rank } = around.shapeOf(x);
  const axes = around.axesOf(over);
  const allButLast = rank >= 4 && axes?.length === rank - 1 && new Set(axes.map((axis) => (axis + rank) % rank)).size === rank - 1 && axes.every((axis) => (axis + rank) % rank < rank - 1);
  return allButLast && !sameBytes(attrs.keep_dims, attr.bool(true)) ? { op: 'BiasAddGrad', inputs: [x], attrs: { T: attrs.T! } } : undefined;
};

const rules: readonly Rule[] = [reluGradient, tanhGradient, sigmoidGradient, bias, biasGradient];

/** The operation to compute instead; its outputs are the same. */
export function rewrite(operation: Operation, surroundings: Surroundings): Operation {
  for (const rule of rules) {
    const better = rule(operation, surroundings);
    if (better) return better;
  }
  return operation;
}
