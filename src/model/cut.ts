/** Models that begin in the middle of a larger graph. */
import { isSymbolic, place, type CallArguments, type SymbolicTensor } from '../core/symbolic.ts';

/** A place where data of this tensor's shape comes in. */
const inputLike = ({ shape, dtype, node }: SymbolicTensor): SymbolicTensor =>
  place({ layer: undefined, inputs: [], given: {}, list: false, source: { name: undefined, batchSize: node.batchSize } }, [{ shape, dtype }]).outputs[0]!;

interface Ends { readonly inputs: readonly SymbolicTensor[]; readonly outputs: readonly SymbolicTensor[] }

/**
 * Where an input is some layer's output, draws the calls behind it anew, from a place where data comes in: what lies before is
 * not this model's. The layers stay the same, and so share their weights.
 */
export function cutOff({ inputs, outputs }: Ends): Ends {
  if (inputs.every(({ node }) => !node.layer)) return { inputs, outputs };
  const starts = inputs.map((tensor) => (tensor.node.layer ? inputLike(tensor) : tensor));
  const drawn = new Map(inputs.map((tensor, i) => [tensor, starts[i]!]));
  const again = (tensor: SymbolicTensor): SymbolicTensor => {
    const known = drawn.get(tensor);
    if (known || !tensor.node.layer) return known ?? tensor;
    const { node } = tensor;
    const given = Object.fromEntries(Object.entries(node.given).map(([key, value]) =>
      [key, isSymbolic(value) ? again(value) : Array.isArray(value) ? (value as readonly SymbolicTensor[]).map(again) : value])) as CallArguments;
    const copy = place({ ...node, inputs: node.inputs.map(again), given }, node.outputs);
    // One output of a call may be where the cut is.
    node.outputs.forEach((output, i) => drawn.has(output) || drawn.set(output, copy.outputs[i]!));
    return drawn.get(tensor)!;
  };
  return { inputs: starts, outputs: outputs.map(again) };
}
