/** What an operation is going to put out, as TensorFlow tells it without computing. */
import type { NativeBinding, OpAttribute } from '../ops.ts';
import { encodeAttribute } from './encode.ts';
import { attr, constant, encodeGraph, type Attrs, type Node } from './graph.ts';
import { typesOf } from './ops.ts';
import { sessionAddon } from './sessionAddon.ts';

export interface Form { readonly dtype: number; readonly shape: readonly number[] }
/** An input: its numbers too where these are known and few, for they may say a shape. */
export interface Given extends Form { readonly content: Uint8Array | undefined }

/** The attributes of a node that does what an eager call does, which leaves out what follows from its inputs. */
export function attributesOf(binding: NativeBinding, op: string, attributes: readonly OpAttribute[], inputs: readonly Form[]): Attrs {
  const inferred = Object.fromEntries(typesOf(op).map(([name, input]) => [name, attr.type(inputs[input]!.dtype)]));
  return { ...inferred, ...Object.fromEntries(attributes.map((each) => [each.name, encodeAttribute(binding, each)])) };
}

/** Answers that are kept. */
const roomForForms = 4096;
const known = new Map<string, readonly Form[] | undefined>();

const inputNode = ({ dtype, shape, content }: Given, i: number): Node =>
  content ? constant(`x${i}`, dtype, shape, content) : { name: `x${i}`, op: 'Placeholder', inputs: [], attrs: { dtype: attr.type(dtype), shape: attr.shape(shape) } };

function ask(binding: NativeBinding, op: string, attributes: readonly OpAttribute[], inputs: readonly Given[]): readonly Form[] | undefined {
  const nodes = inputs.map(inputNode);
  try {
    const call: Node = { name: 'call', op, inputs: nodes.map(({ name }) => name), attrs: attributesOf(binding, op, attributes, inputs) };
    const found = sessionAddon()?.infer(encodeGraph({ nodes: [...nodes, call], functions: [] }));
    if (!found) return undefined;
    const forms: Form[] = [];
    for (let at = 0; at < found.length; ) {
      const [dtype, rank] = [found[at]!, found[at + 1]!];
      at += 2;
      forms.push({ dtype, shape: [...found.subarray(at, (at += rank))] });
    }
    return forms;
  } catch {
    // Computing it tells what is wrong in words that its caller knows.
    return undefined;
  }
}

/** Operations number by number, of which optimizers have many for each shape of a weight. */
const elementwise = new Set(['Abs', 'AddV2', 'Add', 'Exp', 'Div', 'Maximum', 'Minimum', 'Mul', 'Neg', 'RealDiv', 'Reciprocal', 'Rsqrt', 'Sqrt', 'Square', 'SquaredDifference', 'Sub']);

/** What such an operation puts out, where that is plain: asking for all of them would take a third of a first recording. */
function plainForm(op: string, [first, second]: readonly Form[]): Form | undefined {
  if (!elementwise.has(op) || !first) return undefined;
  if (!second || second.shape.length === 0) return first;
  return first.shape.length === 0 || first.shape.join() === second.shape.join() ? second : undefined;
}

/** Types and shapes of an operation's outputs; `undefined` if only computing it tells them. */
export function formsOf(binding: NativeBinding, op: string, attributes: readonly OpAttribute[], inputs: readonly Given[]): readonly Form[] | undefined {
  const plain = plainForm(op, inputs);
  if (plain) return [plain];
  const key = [op, ...attributes.map(({ name, value }) => `${name}=${value}`), ...inputs.map(({ dtype, shape, content }) => `${dtype}:${shape}:${content ?? ''}`)].join('|');
  if (known.has(key)) return known.get(key);
  const forms = ask(binding, op, attributes, inputs);
  if (known.size === roomForForms) known.clear();
  known.set(key, forms);
  return forms;
}
