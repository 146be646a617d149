/** How TensorFlow puts the numbers of a checkpoint into the variables of a graph, and back. */
import { integer, join, message, text, type Fields } from '../../core/protobuf.ts';
import { attr, shapeFields, type Node } from '../../runtime/native/record/graph.ts';
import type { Variable } from './checkpoint.ts';
import { typeNumber } from './typeNumber.ts';

/** TensorFlow's number for strings (types.proto). */
const stringType = 7;

const strings = (name: string, shape: readonly number[], values: readonly string[]): Node => ({
  name, op: 'Const', inputs: [],
  attrs: { dtype: attr.type(stringType), value: message(8, integer(1, stringType), message(2, ...shapeFields(shape)), ...values.map((value) => text(8, value))) },
});

/** What reads a variable. */
export const readerOf = (name: string): string => `${name}/Read/ReadVariableOp`;
const assignerOf = (i: number) => `save/AssignVariableOp_${i}`;

/** A variable and what reads it. */
export const variableNodes = ({ name, value: { dtype, shape } }: Variable): readonly Node[] => [
  { name, op: 'VarHandleOp', inputs: [], attrs: { dtype: attr.type(typeNumber(dtype)), shape: attr.shape(shape), shared_name: attr.string(name), container: attr.string('') } },
  { name: readerOf(name), op: 'ReadVariableOp', inputs: [name], attrs: { dtype: attr.type(typeNumber(dtype)) } },
];

/** Nodes that fill all variables from a checkpoint, and save them to one. */
export function saverNodes(variables: readonly Variable[]): readonly Node[] {
  const dtypes = attr.types(variables.map(({ value }) => typeNumber(value.dtype)));
  const places = ['save/filename', 'save/tensor_names', 'save/shape_and_slices'];
  return [
    strings('save/filename/input', [], ['model']),
    { name: 'save/filename', op: 'PlaceholderWithDefault', inputs: ['save/filename/input'], attrs: { dtype: attr.type(stringType), shape: attr.shape([]) } },
    strings('save/tensor_names', [variables.length], variables.map(({ name }) => name)),
    strings('save/shape_and_slices', [variables.length], variables.map(() => '')),
    { name: 'save/SaveV2', op: 'SaveV2', inputs: [...places, ...variables.map(({ name }) => readerOf(name))], attrs: { dtypes } },
    { name: 'save/control_dependency', op: 'Identity', inputs: ['save/filename', '^save/SaveV2'], attrs: { T: attr.type(stringType) } },
    { name: 'save/RestoreV2', op: 'RestoreV2', inputs: places, attrs: { dtypes } },
    ...variables.map(({ name, value }, i): Node => ({ name: assignerOf(i), op: 'AssignVariableOp', inputs: [name, i === 0 ? 'save/RestoreV2' : `save/RestoreV2:${i}`], attrs: { dtype: attr.type(typeNumber(value.dtype)) } })),
    { name: 'save/restore_all', op: 'NoOp', inputs: variables.map((_, i) => `^${assignerOf(i)}`), attrs: {} },
  ];
}

/** Fields of a MetaGraphDef that tell of these: saver_def, and the collection of variables (core/protobuf/saver.proto, framework/variable.proto). */
export const saverFields = (variables: readonly Variable[]): Fields => join([
  message(3, text(1, 'save/filename:0'), text(2, 'save/control_dependency:0'), text(3, 'save/restore_all'), integer(7, 2)),
  message(4, text(1, 'variables'), message(2, message(2, ...variables.map(({ name }, i) =>
    message(1, text(1, `${name}:0`), text(2, assignerOf(i)), text(3, `${readerOf(name)}:0`), integer(5, 1), integer(7, 1)))))),
]);
