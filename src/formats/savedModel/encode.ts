/**
 * `saved_model.pb`. Field numbers: tensorflow/core/protobuf/{meta_graph, saved_model}.proto and core/framework/{graph, node_def, attr_value, tensor}.proto of
 * TensorFlow (Apache-2.0).
 */
import { ModelError } from '../../core/errors.ts';
import { integer, message, parted, text, type Fields } from '../../core/protobuf.ts';
import { attr, nodeFields, producer, shapeFields, type Node } from '../../runtime/native/record/graph.ts';
import type { Endpoint, ServedGraph } from './assemble.ts';
import { typeNumber, type ConstantNode } from './graph.ts';

/** A message of a protocol buffer cannot be longer. */
const longest = 2 ** 31 - 1;

function constantFields({ name, constant: { data, shape, dtype } }: ConstantNode): readonly Fields[] {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const value = parted(8, [integer(1, typeNumber(dtype)), message(2, ...shapeFields(shape)), ...parted(4, [bytes])]);
  return parted(1, [text(1, name), text(2, 'Const'), message(5, text(1, 'dtype'), message(2, attr.type(typeNumber(dtype)))), ...parted(5, [text(1, 'value'), ...parted(2, value)])]);
}

const fieldsOf = (node: Node | ConstantNode): readonly Fields[] => ('constant' in node ? constantFields(node) : [nodeFields(1, node)]);

/** Named TensorInfo messages. */
const endpoints = (field: number, all: readonly Endpoint[]): readonly Fields[] =>
  all.map(({ name, reference, dtype, shape }) => message(field, text(1, name), message(2, text(1, reference.includes(':') ? reference : `${reference}:0`), integer(2, typeNumber(dtype)), message(3, ...shapeFields(shape)))));

/**
 * Bytes of the file, in parts.
 * @throws ModelError for more than 2 GiB
 */
export function encode({ nodes, inputs, outputs }: ServedGraph, where: string): readonly Uint8Array[] {
  const signature = message(5, text(1, 'serving_default'), message(2, ...endpoints(1, inputs), ...endpoints(2, outputs), text(3, 'tensorflow/serving/predict')));
  const graph = parted(2, [...nodes.flatMap(fieldsOf), message(4, integer(1, producer))]);
  const file = [integer(1, 1), ...parted(2, [message(1, text(4, 'serve'), text(5, '2.9.0')), ...graph, signature])];
  const size = file.reduce((sum, part) => sum + part.length, 0);
  if (size > longest) throw new ModelError(where, `the model comes to ${(size / 2 ** 30).toFixed(1)} GiB, and a SavedModel with its weights in the graph holds 2 GiB; save it as .keras, and let Keras export it`);
  return file;
}
