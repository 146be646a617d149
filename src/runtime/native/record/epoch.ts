/** The graph of a stretch of an epoch: a loop that gathers a batch's rows, makes the step and goes on with the new state. */
import { attr, calling, integerConstant, types, type Graph, type GraphFunction, type Node } from './graph.ts';
import { endsOf, gather, outputsOf, typesIn, type Port, type Step } from './step.ts';

const forced = { _XlaMustCompile: attr.bool(true) };

/**
 * Gradients that TensorFlow leaves to oneDNN (several times as fast) only where it has come upon the operation itself before. It goes through the graph along
 * its edges, and where a loop leads from the new weights back into the pass forward, it may be the gradient that it comes upon first.
 */
const needsItsForwardFirst = /^(MaxPool|LRN)\w*Grad$/;

/** A function that does by one call what another does: a call stays a graph of its own, without the loop around it. */
function callOf({ name, inputs, outputs }: GraphFunction, called: GraphFunction): GraphFunction {
  const call: Node = {
    name: 'all', op: 'PartitionedCall', inputs: Object.keys(inputs),
    attrs: { f: attr.function(called.name), Tin: attr.types(Object.values(inputs)), Tout: attr.types(Object.values(outputs).map(({ type }) => type)), ...apart },
  };
  return { name, inputs, outputs: Object.fromEntries(Object.entries(outputs).map(([key, { type }], i) => [key, { type, value: `all:output:${i}` }])), nodes: [call] };
}
const apart = { _noinline: attr.bool(true) };

/**
 * @param capacity - rows that the order of each run has room for, in batches; `undefined` for any number
 * @param xla - whether XLA compiles the whole
 */
export function epochGraph(given: Step, { capacity, xla }: { readonly capacity?: number; readonly xla: boolean }): Graph {
  const { data, state, results, batchSize } = given;
  const ends = endsOf(given);
  const { gathers, reads, writes } = ends;
  const nodes = ends.nodes('rows:output:0');

  const limit: Port = { name: 'limit', dtype: types.int32, shape: [] };
  const order: Port = { name: 'order', dtype: types.int32, shape: [capacity ?? -1, batchSize] };
  const outer = [limit, order, ...gathers.map((i) => data[i]!), ...reads.map((i) => state[i]!)];
  const inner: Port[] = [{ name: 'i', dtype: types.int32, shape: [] }, ...outer];
  const next = new Map<string, string>([['i', 'next:z:0'], ...writes.map((i) => [state[i]!.name, results[i]!] as const)]);
  const step: GraphFunction = {
    name: 'step',
    inputs: typesIn(inner),
    outputs: outputsOf(inner, ({ name }) => next.get(name) ?? name),
    nodes: [
      integerConstant('one', 1),
      { name: 'next', op: 'AddV2', inputs: ['i', 'one:output:0'], attrs: { T: attr.type(types.int32) } },
      gather('rows', types.int32, 'order', 'i'), ...nodes,
    ],
  };
  const alone: GraphFunction = { ...step, attrs: apart };
  const functions = !xla && nodes.some(({ op }) => needsItsForwardFirst.test(op)) ? [alone, callOf({ ...step, name: 'body' }, alone)] : [{ ...step, name: 'body' }];
  const condition: GraphFunction = {
    name: 'condition',
    inputs: typesIn(inner),
    outputs: { go: { type: types.bool, value: 'less:z:0' } },
    nodes: [{ name: 'less', op: 'Less', inputs: ['i', 'limit'], attrs: { T: attr.type(types.int32) } }],
  };
  const written = writes.map((i) => state[i]!);
  const epoch: GraphFunction = {
    name: 'epoch',
    inputs: typesIn(outer),
    outputs: outputsOf(written, ({ name }) => `loop:output:${inner.findIndex((port) => port.name === name)}`),
    nodes: [
      integerConstant('start', 0),
      {
        name: 'loop', op: 'StatelessWhile', inputs: ['start:output:0', ...outer.map(({ name }) => name)],
        attrs: {
          T: attr.types(inner.map(({ dtype }) => dtype)), cond: attr.function(condition.name), body: attr.function('body'), parallel_iterations: attr.int(1),
          // TensorFlow optimizes the body of a loop only if it is one of its old kind.
          ...(!xla && { _lower_using_switch_merge: attr.bool(true) }),
        },
      },
    ],
    ...(xla && { attrs: forced }),
  };
  return calling(epoch, outer.map(({ shape }) => shape), { op: 'StatefulPartitionedCall', others: [...functions, condition], ...(xla && { attrs: forced }) });
}
