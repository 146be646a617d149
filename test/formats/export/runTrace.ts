/** Runs a trace, operation by operation, at a batch size of one's choice. */
import { tf, type Tensor } from 'ibexjs';
import type { Size, Trace } from '../../../src/formats/export/trace.ts';

const resolved = (value: unknown, batch: number): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if ('batch' in value) return (value.batch as number) * batch;
  return Array.isArray(value) ? value.map((each) => resolved(each, batch)) : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each, batch)]));
};

export function runTrace({ inputs, outputs, nodes, constants }: Trace, given: readonly Tensor[]): Tensor[] {
  const batch = given[0]!.shape[0]!;
  const at = new Map<number, Tensor>(inputs.map(({ id }, i) => [id, given[i]!]));
  for (const [id, { data, shape, dtype }] of constants) at.set(id, tf.tensor(data as Float32Array, [...shape], dtype));
  for (const { kernel, inputs: takes, attrs, outputs: gives } of nodes) {
    const taken = Object.entries(takes).map(([name, id]) => [name, at.get(id)!] as const);
    const named = '0' in takes ? taken.map(([, tensor]) => tensor) as unknown as tf.NamedTensorMap : Object.fromEntries(taken);
    const shape = resolved(gives[0]!.shape, batch) as number[];
    // tfjs-core has this kernel in name only.
    const results = kernel === tf.BroadcastTo ? tf.broadcastTo(at.get(takes.x!)!, shape) : tf.engine().runKernel(kernel, named, resolved(attrs, batch) as tf.NamedAttrMap) as Tensor | Tensor[];
    [results].flat().forEach((tensor, i) => at.set(gives[i]!.id, tensor));
    gives.forEach(({ id, shape: sizes, dtype }) => {
      const tensor = at.get(id)!;
      if (String(tensor.shape) !== String(resolved(sizes, batch)) || tensor.dtype !== dtype) throw new Error(`${kernel} gives ${tensor.dtype} [${tensor.shape}], the trace says ${dtype} [${sizes.map((size: Size) => JSON.stringify(size))}]`);
    });
  }
  return outputs.map(({ id }) => at.get(id)!);
}
