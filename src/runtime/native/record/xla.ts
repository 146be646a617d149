/**
 * Whether XLA compiles a step. It saves what TensorFlow's executor spends on going from node to node, which is most of a small step; it takes as long to compile
 * as thousands of steps save. The choice follows from the step and from how many there are going to be, never from the clock: XLA sums in another order, and
 * two runs of one seed must end in the same bits. Measured on TensorFlow 2.21, with steps of 50 to 200 nodes.
 */
import { ModelError } from '../../../core/errors.ts';
import type { Step } from './epoch.ts';

/**
 * Steps that win back about what compiling takes. Both grow with the nodes: compiling by 5 to 10 ms each, what a step gains by 0.3 to 0.6 µs each.
 */
const worthCompiling = 8192;
/** Multiplications in products of matrices from which oneDNN's are faster than XLA's, by more than the nodes between them gain. */
const mostProducts = 2 ** 25;
/** Nodes from which compiling holds up everything else for many seconds. */
const mostNodes = 600;

/**
 * What XLA is known to compute as fast as the executor, and with the same random numbers: it has none of oneDNN's convolutions and poolings,
 * scatters slowly, and draws other numbers from a seed.
 */
const suited = new Set([
  'Abs Add AddN AddV2 All Any ArgMax BiasAdd BiasAddGrad BroadcastTo Cast Ceil ClipByValue Const Cos Div DivNoNan Elu EluGrad Equal Erf Exp ExpandDims Expm1 Fill',
  'Floor FloorDiv Greater GreaterEqual Identity IsFinite IsInf IsNan LeakyRelu Less LessEqual Log Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr MatMul Max',
  'Maximum Mean Min Minimum Mod Mul Neg NotEqual OneHot OnesLike Pack Pow Prod RealDiv Reciprocal Relu Relu6 ReluGrad Reshape Round Rsqrt Select SelectV2 Selu',
  'Sigmoid SigmoidGrad Sign Sin Slice Softmax Softplus SparseSoftmaxCrossEntropyWithLogits SplitV Sqrt Square SquaredDifference Sub Sum Tanh TanhGrad Tile Transpose Unpack ZerosLike ConcatV2 BatchMatMulV2',
].flatMap((ops) => ops.split(' ')));

/**
 * @param steps - how many are going to be made; 0 if nobody knows
 * @throws ModelError if IBEX_XLA is none of on, off and auto
 */
export function compiles({ nodes, products }: Pick<Step, 'nodes' | 'products'>, steps: number): boolean {
  const wanted = process.env.IBEX_XLA || 'auto';
  if (!['on', 'off', 'auto'].includes(wanted)) throw new ModelError('IBEX_XLA', `must be on, off or auto, got "${wanted}"`);
  if (wanted !== 'auto') return wanted === 'on';
  return steps >= worthCompiling && products <= mostProducts && nodes.length <= mostNodes && nodes.every(({ op }) => suited.has(op));
}
