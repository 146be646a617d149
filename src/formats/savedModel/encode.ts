/**
 * `saved_model.pb`. Field numbers: tensorflow/core/protobuf/{meta_graph, saved_model}.proto and core/framework/graph.proto of TensorFlow (Apache-2.0).
 */
import { integer, join, message, text, type Fields } from '../../core/protobuf.ts';
import { nodeFields, producer, shapeFields } from '../../runtime/native/record/graph.ts';
import type { Endpoint, ServedGraph } from './assemble.ts';
import { saverFields, saverNodes } from './saver.ts';
import { typeNumber } from './typeNumber.ts';

/** Named TensorInfo messages. */
const endpoints = (field: number, all: readonly Endpoint[]): readonly Fields[] =>
  all.map(({ name, reference, dtype, shape }) => message(field, text(1, name), message(2, text(1, reference.includes(':') ? reference : `${reference}:0`), integer(2, typeNumber(dtype)), message(3, ...shapeFields(shape)))));

/** Bytes of the file. Numbers of variables are not in it. */
export function encode({ nodes, variables, inputs, outputs }: ServedGraph): Uint8Array {
  const all = variables.length > 0 ? [...nodes, ...saverNodes(variables)] : nodes;
  const graph = message(2, join(all.map((node) => nodeFields(1, node))), message(4, integer(1, producer)));
  const signature = message(5, text(1, 'serving_default'), message(2, ...endpoints(1, inputs), ...endpoints(2, outputs), text(3, 'tensorflow/serving/predict')));
  const saver = variables.length > 0 ? [saverFields(variables)] : [];
  return join([integer(1, 1), message(2, message(1, text(4, 'serve'), text(5, '2.9.0')), graph, ...saver, signature)]);
}
