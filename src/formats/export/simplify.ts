/** Leaves out of a graph what nobody needs: operations that change nothing, results that nothing takes, tensors that are not used. */
import { ModelError } from '../../core/errors.ts';
import { tf } from '../../core/tensor.ts';
import { isFixed, isRandom, type LinedUp } from './lineUp.ts';
import { needed } from './needed.ts';
import type { Numbers } from './record.ts';
import type { Size, Trace, TracedConstant, TracedNode, TracedType, TracedValue, ValueId } from './trace.ts';

const sameShape = (a: readonly Size[], b: readonly Size[]) => JSON.stringify(a) === JSON.stringify(b);

/** Operations whose result is their input if type and shape are the same. */
const perhapsIdle: ReadonlySet<string> = new Set([tf.Identity, tf.Cast, tf.Reshape, tf.ExpandDims, tf.BroadcastTo, tf.Tile]);

/** The tensor that an operation hands on as it is. */
function idle({ kernel, inputs, outputs }: TracedNode, values: ReadonlyMap<ValueId, TracedValue>): ValueId | undefined {
  if (!perhapsIdle.has(kernel)) return undefined;
  const [input] = Object.values(inputs);
  const { shape, dtype } = values.get(input!)!;
  return dtype === outputs[0]!.dtype && sameShape(shape, outputs[0]!.shape) ? input : undefined;
}

function typed(data: Numbers, dtype: TracedType): TracedConstant['data'] {
  switch (dtype) {
    case 'float32': return data instanceof Float32Array ? data : Float32Array.from(data);
    case 'int32': return data instanceof Int32Array ? data : Int32Array.from(data);
    case 'bool': return Uint8Array.from(data, Number);
  }
}

/** @throws ModelError for draws, which no file repeats */
export function simplify({ values, nodes, inputs, outputs }: LinedUp, where: string): Trace {
  const instead = new Map<ValueId, ValueId>();
  const final = (id: ValueId): ValueId => instead.get(id) ?? id;
  const changing: TracedNode[] = [];
  for (const node of nodes) {
    if (node.outputs.every(({ id }) => values.get(id)!.data !== undefined)) continue;
    const renamed = { ...node, inputs: Object.fromEntries(Object.entries(node.inputs).map(([name, id]) => [name, final(id)])) };
    const handedOn = idle(renamed, values);
    if (handedOn === undefined) changing.push(renamed);
    else instead.set(node.outputs[0]!.id, handedOn);
  }

  const ends = outputs.map((output) => ({ ...output, id: final(output.id) }));
  const { kept, values: used } = needed(changing, ends.map(({ id }) => id), (node) => ({ takes: Object.values(node.inputs), gives: node.outputs.map(({ id }) => id) }));
  const draw = kept.find(({ kernel }) => isRandom(kernel));
  if (draw) throw new ModelError(where, `the layer "${draw.layer}" draws random numbers (${draw.kernel}), which an exported file cannot as ibex does; leave the layer out`);

  const constants = new Map<ValueId, TracedConstant>();
  const there = new Map<ValueId, TracedValue>();
  for (const id of [...new Set([...inputs.map((input) => input.id), ...used])].sort((a, b) => a - b)) {
    const { shape, dtype, data, path, layer } = values.get(id)!;
    there.set(id, { shape, dtype });
    if (data !== undefined && isFixed(shape)) constants.set(id, { shape, dtype, data: typed(data, dtype), name: path ?? `${layer}/constant` });
  }
  return { inputs, outputs: ends, nodes: kept, constants, values: there };
}
