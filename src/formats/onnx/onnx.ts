/** `model.export('model.onnx')`: a model's predictions for ONNX Runtime and whatever else reads ONNX. */
import { ModelError } from '../../core/errors.ts';
import type { Model } from '../../model/model.ts';
import { traceModel, type Size, type Trace } from '../export/trace.ts';
import { writeAtomically } from '../files.ts';
import { withEnlargements } from './enlargements.ts';
import { encodeModel, type End, type OnnxGraph } from './messages.ts';
import { alongOneAxis } from './oneAxis.ts';
import { withRecurrences } from './recurrences.ts';
import { operations } from './operations/table.ts';
import { tidied } from './tidy.ts';
import { Translation } from './translation.ts';

/** Numbers that follow the batch go by its name. */
const named = (size: Size): number | string => (typeof size === 'number' ? size : size.batch === 1 ? 'N' : `${size.batch}*N`);
const ends = (given: Trace['outputs']): readonly End[] => given.map(({ name, dtype, shape }) => ({ name, type: dtype, shape: shape.map(named) }));

/** An input that is an output as well needs another name there: tensors of one name are one in ONNX. */
function distinct({ inputs, outputs, ...rest }: Trace): Trace {
  const taken = new Set(inputs.map(({ name }) => name));
  const renamed = outputs.map((output) => {
    let { name } = output;
    for (let n = 1; taken.has(name); n++) name = `${output.name}_${n}`;
    taken.add(name);
    return { ...output, name };
  });
  return { inputs, outputs: renamed, ...rest };
}

/** @throws ModelError for an operation that ONNX has no words for, naming the layer */
export function toOnnx(given: Trace, name: string, where: string): OnnxGraph {
  const trace = distinct(given);
  const translation = new Translation(trace, where);
  for (const node of trace.nodes) {
    translation.begin(node);
    const operation = Object.hasOwn(operations, node.kernel) ? operations[node.kernel] : undefined;
    if (!operation) translation.refuse('of TensorFlow.js, which ibex has no words for in ONNX; cut the model off before that layer');
    operation!(node, translation);
  }
  translation.end();
  return tidied(alongOneAxis({ name, inputs: ends(trace.inputs), outputs: ends(trace.outputs), nodes: translation.nodes, initializers: translation.initializers }));
}

/** Recurrent layers are one operation each, unless one of them is of a kind that ONNX does not have: then they are written step by step. */
export const traceForOnnx = async (model: Model, where: string): Promise<Trace> =>
  withEnlargements(withRecurrences(await traceModel(model, where, { sequences: true })) ?? await traceModel(model, where));

// What a message of protocol buffers can have.
const largest = 2 ** 31 - 1;

/** @throws ModelError, before anything is written, for what ONNX cannot hold; an older file stays as it was. */
export async function exportOnnx(model: Model, path: string): Promise<void> {
  const where = `export: ${path}`;
  const pieces = encodeModel(toOnnx(await traceForOnnx(model, where), model.name, where));
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  if (size > largest) throw new ModelError(where, `the model has ${size} bytes, and an ONNX file has 2 GiB at most`);
  await writeAtomically(path, pieces, where);
}
