/** Windows that slide along one axis: tfjs has them as images of height or width 1, ONNX as they are. */
import type { Attribute, Initializer, OnnxGraph, OnnxNode } from './messages.ts';

const windows: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool']);

const without = <T>(list: readonly T[], place: number): readonly T[] => list.filter((_, i) => i !== place);

/** Attributes without one of the axes of space; `undefined` if the window does something along it. */
function attributesWithout(attributes: OnnxNode['attributes'], place: number): OnnxNode['attributes'] | undefined {
  const numbers = (name: string) => attributes[name] as readonly number[] | undefined;
  const window = numbers('kernel_shape')!;
  const pads = numbers('pads');
  const behind = place + window.length;
  if (window.length !== 2 || window[place] !== 1 || pads?.[place] || pads?.[behind] || numbers('output_padding')?.[place]) return undefined;
  return Object.fromEntries(Object.entries(attributes).map(([name, value]): [string, Attribute] => {
    if (!Array.isArray(value)) return [name, value];
    return [name, name === 'pads' ? value.filter((_, i) => i !== place && i !== behind) : without(value as readonly number[], place)];
  }));
}

/** Puts a window between an axis of size 1 that comes and the same one that goes in the place of the three. */
export function alongOneAxis(graph: OnnxGraph): OnnxGraph {
  const held = new Map(graph.initializers.map((each) => [each.name, each]));
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const users = new Map<string, OnnxNode[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      const known = users.get(input);
      if (known) known.push(node);
      else users.set(input, [node]);
    }
  }
  const ends = new Set(graph.outputs.map(({ name }) => name));
  const axisOf = (node: OnnxNode): number | undefined => {
    const axes = held.get(node.inputs[1]!)?.data;
    return axes?.length === 1 ? Number(axes[0]) : undefined;
  };

  const flatter = new Map<string, Initializer>();
  const turns = new Map<string, string>();
  /** Nodes that come before others, which may have other users. */
  const beside = new Map<OnnxNode, OnnxNode>();
  /** The same transposition without an axis, made once for a tensor. */
  const turned = (turn: OnnxNode, from: string, axis: number): string => {
    const perm = (turn.attributes.perm as readonly number[]).filter((each) => each !== axis).map((each) => (each > axis ? each - 1 : each));
    const key = `${from} ${perm.join()}`;
    const known = turns.get(key);
    if (known !== undefined) return known;
    const name = `${turn.outputs[0]!}_flat`;
    beside.set(turn, { ...turn, name, inputs: [from], outputs: [name], attributes: { perm } });
    turns.set(key, name);
    return name;
  };
  /** What stands in the place of a node; nothing for those that others stand for. */
  const changed = new Map<OnnxNode, OnnxNode | undefined>();
  for (const node of graph.nodes) {
    if (!windows.has(node.op)) continue;
    const [x, weights, ...bias] = node.inputs;
    const turn = producers.get(x!)?.op === 'Transpose' ? producers.get(x!)! : undefined;
    const before = producers.get(turn ? turn.inputs[0]! : x!);
    const [after, ...others] = users.get(node.outputs[0]!) ?? [];
    if (before?.op !== 'Unsqueeze' || after?.op !== 'Squeeze' || others.length > 0 || ends.has(node.outputs[0]!)) continue;
    const come = axisOf(before);
    const axis = turn && come !== undefined ? (turn.attributes.perm as readonly number[]).indexOf(come) : come;
    if (come === undefined || axis === undefined || axis < 2 || axis !== axisOf(after)) continue;
    const attributes = attributesWithout(node.attributes, axis - 2);
    const kernel = weights === undefined ? undefined : held.get(weights);
    // Weights that others use too keep their shape.
    if (!attributes || (weights !== undefined && (!kernel || users.get(weights)!.length > 1))) continue;
    if (kernel) flatter.set(kernel.name, { ...kernel, shape: without(kernel.shape, axis) });
    const from = turn ? turned(turn, before.inputs[0]!, come) : before.inputs[0]!;
    changed.set(after, { ...node, inputs: [from, ...(kernel ? [kernel.name] : []), ...bias], outputs: after.outputs, attributes });
    changed.set(node, undefined);
  }
  const nodes = graph.nodes.flatMap((node) => [...(beside.has(node) ? [beside.get(node)!] : []), ...(changed.has(node) ? [changed.get(node) ?? []].flat() : [node])]);
  return { ...graph, nodes, initializers: graph.initializers.map((each) => flatter.get(each.name) ?? each) };
}
