/**
 * TensorFlow's messages for graphs, as far as a recording needs them. Field numbers: tensorflow/core/framework/{node_def, attr_value, tensor, tensor_shape,
 * op_def, function, graph, versions}.proto and tensorflow/core/protobuf/{meta_graph, saved_model}.proto of TensorFlow (Apache-2.0).
 */
import { bytes, flag, float, integer, integers, join, message, text, type Fields } from '../../../core/protobuf.ts';

/** TensorFlow's numbers for types (types.proto). */
export const types = { float: 1, int32: 3, bool: 10 } as const;

/** An attribute's value: the bytes of an AttrValue. */
export type AttrValue = Fields;
export type Attrs = Readonly<Record<string, AttrValue>>;

export const shapeFields = (shape: readonly number[]): readonly Fields[] => shape.map((size) => message(2, integer(1, size)));

export const attr = {
  string: (value: string): AttrValue => text(2, value),
  int: (value: number): AttrValue => integer(3, value),
  float: (value: number): AttrValue => float(4, value),
  bool: (value: boolean): AttrValue => flag(5, value),
  type: (value: number): AttrValue => integer(6, value),
  shape: (value: readonly number[]): AttrValue => message(7, ...shapeFields(value)),
  tensor: (dtype: number, shape: readonly number[], content: Uint8Array): AttrValue => message(8, integer(1, dtype), message(2, ...shapeFields(shape)), bytes(4, content)),
  /** A float tensor whose elements are one number. */
  filled: (shape: readonly number[], value: number): AttrValue => message(8, integer(1, types.float), message(2, ...shapeFields(shape)), float(5, value)),
  /** The name of a function. */
  function: (name: string): AttrValue => message(10, text(1, name)),
  ints: (values: readonly number[]): AttrValue => message(1, integers(3, values)),
  floats: (values: readonly number[]): AttrValue => message(1, ...values.map((value) => float(4, value))),
  bools: (values: readonly boolean[]): AttrValue => message(1, ...values.map((value) => flag(5, value))),
  types: (values: readonly number[]): AttrValue => message(1, integers(6, values)),
};

export interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attrs: Attrs;
}

const constantNode = (name: string, dtype: number, value: AttrValue): Node => ({ name, op: 'Const', inputs: [], attrs: { dtype: attr.type(dtype), value } });

export const constant = (name: string, dtype: number, shape: readonly number[], content: Uint8Array): Node => constantNode(name, dtype, attr.tensor(dtype, shape, content));
export const filledConstant = (name: string, shape: readonly number[], value: number): Node => constantNode(name, types.float, attr.filled(shape, value));
export const integerConstant = (name: string, value: number): Node => constant(name, types.int32, [], new Uint8Array(Int32Array.of(value).buffer));

/** A function of a graph. Inside, an output is written `node:name of the output:index`, an argument by its name. */
export interface GraphFunction {
  readonly name: string;
  /** Types of arguments by name. */
  readonly inputs: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, { readonly type: number; readonly value: string }>>;
  readonly nodes: readonly Node[];
  readonly attrs?: Attrs;
}

export interface Graph { readonly nodes: readonly Node[]; readonly functions: readonly GraphFunction[] }

/**
 * A graph that takes the placeholders `x0`, `x1` … and puts out by its node `call` what a function makes of them.
 * @param shapes - of what it takes
 * @param others - functions that this one uses
 */
export function calling(
  called: GraphFunction, shapes: readonly (readonly number[])[], { op = 'PartitionedCall', attrs = {}, others = [] }: { readonly op?: string; readonly attrs?: Attrs; readonly others?: readonly GraphFunction[] } = {},
): Graph {
  const taken = Object.values(called.inputs);
  const placeholders = taken.map((dtype, i): Node => ({ name: `x${i}`, op: 'Placeholder', inputs: [], attrs: { dtype: attr.type(dtype), shape: attr.shape(shapes[i]!) } }));
  const call: Node = {
    name: 'call', op, inputs: placeholders.map(({ name }) => name),
    attrs: { f: attr.function(called.name), Tin: attr.types(taken), Tout: attr.types(Object.values(called.outputs).map(({ type }) => type)), ...attrs },
  };
  return { nodes: [...placeholders, call], functions: [...others, called] };
}

const attrFields = (field: number, attrs: Attrs): Fields[] => Object.entries(attrs).map(([name, value]) => message(field, text(1, name), bytes(2, value)));
const argFields = (field: number, args: readonly (readonly [string, number])[]): Fields[] => args.map(([name, type]) => message(field, text(1, name), integer(3, type)));

export const nodeFields = (field: number, { name, op, inputs, attrs }: Node): Fields =>
  message(field, text(1, name), text(2, op), ...inputs.map((input) => text(3, input)), ...attrFields(5, attrs));

function functionFields(field: number, { name, inputs, outputs, nodes, attrs = {} }: GraphFunction): Fields {
  const results = Object.entries(outputs);
  const signature = message(1, text(1, name), ...argFields(2, Object.entries(inputs)), ...argFields(3, results.map(([key, { type }]) => [key, type])));
  return message(field, signature, ...nodes.map((node) => nodeFields(3, node)), ...results.map(([key, { value }]) => message(4, text(1, key), text(2, value))), ...attrFields(5, attrs));
}

/** Version of the format: that of TensorFlow 2.9, which later ones read too. */
export const producer = 1087;

/** Bytes of a GraphDef. */
export const encodeGraph = ({ nodes, functions }: Graph): Uint8Array =>
  join([...nodes.map((node) => nodeFields(1, node)), message(2, ...functions.map((each) => functionFields(1, each))), message(4, integer(1, producer))]);

/** Bytes of `saved_model.pb` for the bytes of a GraphDef, under the tag `serve`. */
export const encodeSavedModel = (graph: Uint8Array): Uint8Array => join([integer(1, 1), message(2, message(1, text(4, 'serve')), bytes(2, graph))]);
