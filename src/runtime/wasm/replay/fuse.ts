/** Puts calls that do the same with every element together into loops, so that what one leaves to the next stays in registers. */
import { parameters, type Kernels } from '../generated/kernels.ts';
import { contiguous } from '../strides.ts';
import type { Call } from './capture.ts';
import { readElementwise, type Elementwise, type Operand } from './elementwise.ts';
import { inputsOf, type Foreign } from './foreign.ts';
import type { Region, Regions } from './regions.ts';
import { commonAxes, splitStrides } from './walk.ts';

/** A call, an operation of tfjs or a loop over elements, and what it reads and writes of the heap. */
export interface Node { readonly work: Call | Foreign | Loop; readonly reads: Set<Region>; readonly writes: Set<Region> }

/** Operations on each element of a walk, one after the other; all operands have strides along `sizes`. */
export interface Loop { readonly sizes: readonly number[]; readonly operations: readonly Elementwise[] }

/** The parameters that a kernel writes its results to without having read them; what is not known here may be read and written. */
const results: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries([
    'copyRows', 'copyStrided', 'transpose', 'fill', 'fillBytes', 'floatToInteger', 'integerToFloat', 'floatToBoolean', 'integerToBoolean', 'booleanToFloat', 'booleanToInteger', 'select',
    'binary', 'binaryInteger', 'compare', 'compareInteger', 'convolve', 'depthwise', 'dilate', 'gather', 'maxPool', 'meanPool', 'normalize', 'reduce', 'scan', 'softmax', 'sumIntegers', 'quantify',
    'exp', 'expMinus1', 'log', 'log1Plus', 'sigmoid', 'tanh', 'logOf1PlusExp', 'erf', 'sin', 'cos', 'elu', 'extremePlace', 'resizeBilinear', 'resizeNearest', 'transform',
  ].map((kernel) => [kernel, ['y']])),
  matMul: ['c'], convolveBackFilter: ['dFilter'], depthwiseBackFilter: ['dFilter'], convolveBackInput: ['dx'], depthwiseBackInput: ['dx'], maxPoolBack: ['dx'], meanPoolBack: ['dx'],
  segmentSum: ['out'], randomUniform: ['out'], randomNormal: ['out'],
};

/** How far back a loop may lie that a call joins. */
const reach = 48;
/** Operations in a loop, and ways to go through tensors, at most: their values must find room in registers. */
const most = { operations: 24, operands: 38 };

function callNode(call: Call, regions: Regions): Node {
  const node: Node = { work: call, reads: new Set(), writes: new Set() };
  const list = parameters[call.kernel as keyof Kernels];
  const written = results[call.kernel]?.filter((name) => list.some(([own]) => own === name));
  list.forEach(([name, type], i) => {
    const region = type === 'address' ? regions.at(call.values[i]!) : undefined;
    if (!region) return;
    if (!written || written.includes(name) || written.length === 0) node.writes.add(region);
    if (!written?.includes(name)) node.reads.add(region);
  });
  return node;
}

const found = (lying: readonly { readonly address: number }[], regions: Regions): Set<Region> =>
  new Set(lying.map(({ address }) => regions.at(address)).filter((region) => region !== undefined));

const foreignNode = (work: Foreign, regions: Regions): Node =>
  ({ work, reads: found(inputsOf(work), regions), writes: found(work.outputs.map(({ tensor }) => tensor), regions) });

function loopNode(operation: Elementwise, regions: Regions): Node {
  return { work: { sizes: operation.sizes, operations: [operation] }, reads: found(operation.inputs, regions), writes: found([operation.output], regions) };
}

export const isLoop = (work: Node['work']): work is Loop => 'operations' in work;

const overlap = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean => {
  for (const each of a) if (b.has(each)) return true;
  return false;
};

/** Whether two nodes must stay in their order. */
const inOrder = (a: Node, b: Node): boolean => overlap(a.writes, b.reads) || overlap(a.writes, b.writes) || overlap(a.reads, b.writes);

const onAxes = ({ sizes, inputs, output, formula }: Elementwise, into: readonly number[]): Elementwise => {
  const along = (operand: Operand): Operand => ({ ...operand, strides: splitStrides(sizes, operand.strides, into) });
  return { sizes: into, inputs: inputs.map(along), output: along(output), formula };
};

const operandsOf = (operations: readonly Elementwise[]): readonly Operand[] => operations.flatMap(({ inputs, output }) => [...inputs, output]);

/** Whether what is written anywhere is gone through element by element everywhere: then one element's turn does not see another's. */
function isLocal({ sizes, operations }: Loop, regions: Regions): boolean {
  const straight = contiguous(sizes).join();
  const operands = operandsOf(operations);
  const written = new Map(operations.map(({ output }) => [regions.at(output.address), output]));
  return operands.every(({ address, kind, strides }) => {
    const own = written.get(regions.at(address));
    return !own || regions.at(address) === undefined || (own.address === address && own.kind === kind && strides.join() === straight);
  });
}

/** The loop with one more operation, if that can be; both are over as many elements. */
function joined(loop: Loop, operation: Elementwise, regions: Regions): Loop | undefined {
  if (loop.operations.length >= most.operations) return undefined;
  const sizes = commonAxes(loop.sizes, operation.sizes);
  if (!sizes || sizes.length > 5 || (sizes.length > 1 && sizes.at(-1)! < 4)) return undefined;
  const longer: Loop = { sizes, operations: [...loop.operations.map((each) => onAxes(each, sizes)), onAxes(operation, sizes)] };
  const operands = new Set(operandsOf(longer.operations).map(({ address, strides }) => `${address} ${strides.join()}`));
  return operands.size <= most.operands && isLocal(longer, regions) ? longer : undefined;
}

const elements = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

/** The calls in an order that computes the same, with loops in the place of those that work element by element. */
export function fuse(calls: readonly (Call | Foreign)[], regions: Regions): readonly Node[] {
  const nodes: Node[] = [];
  for (const call of calls) {
    if (!('kernel' in call)) {
      nodes.push(foreignNode(call, regions));
      continue;
    }
    const operation = readElementwise(call);
    if (!operation || !isLocal({ sizes: operation.sizes, operations: [operation] }, regions)) {
      nodes.push(callNode(call, regions));
      continue;
    }
    const alone = loopNode(operation, regions);
    const count = elements(operation.sizes);
    let home = false;
    for (let at = nodes.length - 1; !home && at >= Math.max(0, nodes.length - reach); at--) {
      const node = nodes[at]!;
      const related = inOrder(node, alone);
      if (isLoop(node.work) && elements(node.work.sizes) === count && (count === 1 || related || overlap(node.reads, alone.reads))) {
        const work = joined(node.work, operation, regions);
        if (work) {
          nodes[at] = { work, reads: new Set([...node.reads, ...alone.reads]), writes: new Set([...node.writes, ...alone.writes]) };
          home = true;
        }
      }
      if (related) break;
    }
    if (!home) nodes.push(alone);
  }
  return nodes;
}
