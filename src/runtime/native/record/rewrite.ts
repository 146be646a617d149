/** Puts TensorFlow's own fused operations in place of what tfjs writes long-hand, where a pattern is certain. */
import { crossentropy } from './crossentropy.ts';
import { attr, constant, filledConstant, types, type AttrValue } from './graph.ts';
import { inputsOf, sameBytes, type Operation, type Rule, type Surroundings } from './pattern.ts';

const sameShape = ({ shapeOf }: Surroundings, a: string, b: string) => shapeOf(a).join() === shapeOf(b).join();

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

const reshape = ({ add }: Surroundings, x: string, shape: readonly number[], T: AttrValue): Operation => ({
  op: 'Reshape', inputs: [x, add(constant('', types.int32, [shape.length], new Uint8Array(Int32Array.from(shape).buffer)), [shape.length])], attrs: { T, Tshape: attr.type(types.int32) },
});

/**
 * A sum over all axes but the last, of pictures or more: of a bias's gradient. A product with ones takes half the time of TensorFlow's sum, and
 * less than what it computes along with the gradient of a convolution's filter: 0.78 to 0.95 × for both, from 6 to 64 channels.
 */
const biasGradient: Rule = ({ op, inputs, attrs }, around) => {
  const [x, over] = inputs as [string, string];
  if (op !== 'Sum') return undefined;
  const shape = around.shapeOf(x);
  const { length: rank } = shape;
  const axes = around.axesOf(over);
  const allButLast = rank >= 4 && axes?.length === rank - 1 && new Set(axes.map((axis) => (axis + rank) % rank)).size === rank - 1 && axes.every((axis) => (axis + rank) % rank < rank - 1);
  if (!allButLast || !sameBytes(attrs.T, attr.type(types.float)) || sameBytes(attrs.keep_dims, attr.bool(true))) return undefined;
  const channels = shape.at(-1)!;
  const rows = shape.reduce((product, size) => product * size, 1) / channels;
  const flat = around.add(reshape(around, x, [rows, channels], attrs.T!), [rows, channels]);
  const ones = around.add(filledConstant('', [1, rows], 1), [1, rows]);
  const sums = around.add({ op: 'MatMul', inputs: [ones, flat], attrs: { T: attrs.T!, transpose_a: attr.bool(false), transpose_b: attr.bool(false) } }, [1, channels]);
  return reshape(around, sums, [channels], attrs.T!);
};

const rules: readonly Rule[] = [reluGradient, tanhGradient, sigmoidGradient, bias, biasGradient, ...crossentropy];

/** The operation to compute instead; its outputs are the same. */
export function rewrite(operation: Operation, surroundings: Surroundings): Operation {
  for (const rule of rules) {
    const better = rule(operation, surroundings);
    if (better) return better;
  }
  return operation;
}
