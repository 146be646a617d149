/** What is done to a graph of ONNX at the end. */
import type { OnnxGraph } from './messages.ts';

/** Without what no output needs. */
export function tidied(graph: OnnxGraph): OnnxGraph {
  const wanted = new Set(graph.outputs.map(({ name }) => name));
  const nodes = graph.nodes.toReversed().filter(({ inputs, outputs }) => {
    const isNeeded = outputs.some((output) => wanted.has(output));
    if (isNeeded) for (const input of inputs) wanted.add(input);
    return isNeeded;
  }).reverse();
  return { ...graph, nodes, initializers: graph.initializers.filter(({ name }) => wanted.has(name)) };
}
