/** Operations that go element by element. They keep the layout of what they are given. */
import { tf } from '../../../core/tensor.ts';
import type { TracedConstant, TracedNode, TracedType, ValueId } from '../../export/trace.ts';
import { isPlain, plain, reordered, type Axes } from '../axes.ts';
import type { Attribute, ElementType } from '../messages.ts';
import { elementTypes } from '../messages.ts';
import type { Translation } from '../translation.ts';
import { only, type Operation, type Operations } from './operation.ts';

/** The layout that all operands are brought to: that of the first which does not lie plainly. */
function common(ids: readonly ValueId[], rank: number, translation: Translation): Axes {
  const varying = ids.filter((id) => !translation.constant(id));
  const lower = varying.some((id) => translation.value(id).shape.length < rank && translation.value(id).shape.length > 0);
  const found = varying.map((id) => translation.axes(id)).find((axes) => axes.length === rank && !isPlain(axes));
  return lower || !found ? plain(rank) : found;
}

/** A constant laid over tensors of another layout: axes of size 1 come in front as needed, and go where they say nothing. */
function overlaid({ shape, data }: TracedConstant, axes: Axes): Pick<TracedConstant, 'shape' | 'data'> {
  const whole = [...Array<number>(axes.length - shape.length).fill(1), ...shape];
  const sizes = axes.map((axis) => whole[axis]!);
  const first = sizes.findIndex((size) => size !== 1);
  return { data: reordered(data, whole, axes), shape: sizes.slice(first < 0 ? sizes.length : first) };
}

/** Operands of an element-wise operation, in one layout. */
export function together(ids: readonly ValueId[], { outputs }: TracedNode, translation: Translation): { readonly names: readonly string[]; readonly axes: Axes } {
  const axes = common(ids, outputs[0]!.shape.length, translation);
  const names = ids.map((id) => {
    const { shape } = translation.value(id);
    if (!translation.constant(id)) return shape.length === axes.length ? translation.read(id, axes) : translation.read(id);
    return isPlain(axes) ? translation.read(id) : translation.fixture(id, `over ${axes.join()}`, (constant) => overlaid(constant, axes));
  });
  return { names, axes };
}

type Formula = (translation: Translation, names: readonly string[], node: TracedNode) => string;

/** An operation on operands of the names that tfjs has for them. */
const elementwise = (operands: readonly string[], formula: Formula): Operation => (node, translation) => {
  const { names, axes } = together(operands.map((name) => node.inputs[name]!), node, translation);
  translation.write(only(node).id, formula(translation, names, node), axes);
};
const unary = (formula: Formula) => elementwise(['x'], formula);
const binary = (formula: Formula) => elementwise(['a', 'b'], formula);
const called = (op: string, attributes?: Readonly<Record<string, Attribute>>): Formula => (t, names) => t.add(op, names, attributes);

export const cast = (t: Translation, name: string, to: ElementType): string => t.add('Cast', [name], { to: elementTypes[to] });

const typeOf = (t: Translation, { inputs }: TracedNode): TracedType => t.value(Object.values(inputs)[0]!).dtype;
/** A number of the type of the operands. */
const number = (t: Translation, node: TracedNode, value: number) => t.scalar(value, typeOf(t, node));

const floored: Formula = (t, [a, b], node) => {
  if (typeOf(t, node) !== 'int32') return t.add('Floor', [t.add('Div', [a!, b!])]);
  const quotient = t.add('Div', [cast(t, a!, 'float32'), cast(t, b!, 'float32')]);
  return cast(t, t.add('Floor', [quotient]), 'int32');
};

const remainder: Formula = (t, [a, b], node) =>
  (typeOf(t, node) === 'int32' ? t.add('Mod', [a!, b!]) : t.add('Sub', [a!, t.add('Mul', [t.add('Floor', [t.add('Div', [a!, b!])]), b!])]));

/** Adding a bias to what a convolution or a product gives is a part of those in ONNX. */
function asBias(id: ValueId, biasId: ValueId, translation: Translation): boolean {
  const bias = translation.constant(biasId);
  if (!bias || bias.dtype !== 'float32' || bias.shape.length !== 1 || translation.constant(id) || translation.uses(id) !== 1 || translation.value(id).shape.at(-1) !== bias.shape[0]) return false;
  const axes = translation.axes(id);
  // What is between them changes no number, but has the channels elsewhere.
  const direct = translation.producer(translation.readAsIs(id));
  const maker = direct?.op === 'Squeeze' ? translation.producer(direct.inputs[0]!) : direct;
  if (maker?.inputs.length !== 2) return false;
  const isProduct = maker.op === 'MatMul' && maker === direct && axes.length === 2 && isPlain(axes);
  if (!isProduct && (!maker.op.startsWith('Conv') || axes[1] !== axes.length - 1)) return false;
  if (isProduct) maker.op = 'Gemm';
  maker.inputs = [...maker.inputs, translation.read(biasId)];
  return true;
}

const sum: Operation = (node, translation) => {
  const { a, b } = node.inputs as Readonly<Record<string, ValueId>>;
  const biased = asBias(a!, b!, translation) ? a! : asBias(b!, a!, translation) ? b! : undefined;
  if (biased !== undefined) return translation.write(only(node).id, translation.readAsIs(biased), translation.axes(biased));
  const { names, axes } = together([a!, b!], node, translation);
  translation.write(only(node).id, translation.add('Add', names), axes);
};

const select: Operation = (node, translation) => {
  const { condition, t: yes, e: no } = node.inputs;
  const { names: [c, a, b], axes } = together([condition!, yes!, no!], node, translation);
  const either = () => translation.add('Or', [translation.add('And', [c!, a!]), translation.add('And', [translation.add('Not', [c!]), b!])]);
  translation.write(only(node).id, only(node).dtype === 'bool' ? either() : translation.add('Where', [c!, a!, b!]), axes);
};

const castTo: Operation = (node, translation) => {
  const id = node.inputs.x!;
  translation.write(only(node).id, cast(translation, translation.readAsIs(id), only(node).dtype), translation.axes(id));
};

/** Kernels that ONNX has as they are, by its name for them. */
const same = (kernels: Readonly<Record<string, string>>, how: (formula: Formula) => Operation): Operations =>
  Object.fromEntries(Object.entries(kernels).map(([kernel, op]) => [kernel, how(called(op))]));

export const elementwiseOperations: Operations = {
  ...same({
    [tf.Abs]: 'Abs', [tf.Acos]: 'Acos', [tf.Acosh]: 'Acosh', [tf.Asin]: 'Asin', [tf.Asinh]: 'Asinh', [tf.Atan]: 'Atan', [tf.Atanh]: 'Atanh', [tf.Ceil]: 'Ceil', [tf.Cos]: 'Cos',
    [tf.Cosh]: 'Cosh', [tf.Elu]: 'Elu', [tf.Erf]: 'Erf', [tf.Exp]: 'Exp', [tf.Floor]: 'Floor', [tf.IsNan]: 'IsNaN', [tf.IsInf]: 'IsInf', [tf.Log]: 'Log', [tf.LogicalNot]: 'Not',
    [tf.Neg]: 'Neg', [tf.Reciprocal]: 'Reciprocal', [tf.Relu]: 'Relu', [tf.Round]: 'Round', [tf.Selu]: 'Selu', [tf.Sigmoid]: 'Sigmoid', [tf.Sign]: 'Sign', [tf.Sin]: 'Sin',
    [tf.Sinh]: 'Sinh', [tf.Softplus]: 'Softplus', [tf.Sqrt]: 'Sqrt', [tf.Tan]: 'Tan', [tf.Tanh]: 'Tanh',
  }, unary),
  ...same({
    [tf.Sub]: 'Sub', [tf.Multiply]: 'Mul', [tf.RealDiv]: 'Div', [tf.Pow]: 'Pow', [tf.Maximum]: 'Max', [tf.Minimum]: 'Min', [tf.Equal]: 'Equal', [tf.Greater]: 'Greater',
    [tf.GreaterEqual]: 'GreaterOrEqual', [tf.Less]: 'Less', [tf.LessEqual]: 'LessOrEqual', [tf.LogicalAnd]: 'And', [tf.LogicalOr]: 'Or',
  }, binary),
  [tf.Add]: sum,
  [tf.AddN]: (node, translation) => {
    const { names, axes } = together(Object.values(node.inputs), node, translation);
    translation.write(only(node).id, translation.add('Sum', names), axes);
  },
  [tf.Cast]: castTo,
  [tf.ClipByValue]: unary((t, [x], node) => t.add('Clip', [x!, number(t, node, Number(node.attrs.clipValueMin)), number(t, node, Number(node.attrs.clipValueMax))])),
  [tf.Expm1]: unary((t, [x]) => t.add('Sub', [t.add('Exp', [x!]), t.scalar(1)])),
  [tf.FloorDiv]: binary(floored),
  [tf.IsFinite]: unary((t, [x]) => t.add('Not', [t.add('Or', [t.add('IsNaN', [x!]), t.add('IsInf', [x!])])])),
  [tf.LeakyRelu]: unary((t, [x], { attrs }) => t.add('LeakyRelu', [x!], { alpha: { float: Number(attrs.alpha) } })),
  [tf.Log1p]: unary((t, [x]) => t.add('Log', [t.add('Add', [x!, t.scalar(1)])])),
  [tf.LogicalXor]: binary(called('Xor')),
  [tf.Mod]: binary(remainder),
  [tf.NotEqual]: binary((t, names) => t.add('Not', [t.add('Equal', names)])),
  [tf.Prelu]: elementwise(['x', 'alpha'], called('PRelu')),
  [tf.Relu6]: unary((t, [x], node) => t.add('Clip', [x!, number(t, node, 0), number(t, node, 6)])),
  [tf.Rsqrt]: unary((t, [x]) => t.add('Reciprocal', [t.add('Sqrt', [x!])])),
  [tf.Select]: select,
  [tf.Square]: unary((t, [x]) => t.add('Mul', [x!, x!])),
  [tf.SquaredDifference]: binary((t, names) => {
    const difference = t.add('Sub', names);
    return t.add('Mul', [difference, difference]);
  }),
  [tf.Step]: unary((t, [x], node) => {
    const positive = t.add('Greater', [x!, number(t, node, 0)]);
    return node.attrs.alpha ? t.add('Where', [positive, t.scalar(1), t.scalar(Number(node.attrs.alpha))]) : cast(t, positive, only(node).dtype);
  }),
};
