/**
 * Whether XLA compiles a step. It saves what TensorFlow's executor spends on going from node to node, which is most of a small step; it takes as long to compile
 * as thousands of steps save. The choice follows from the step and from how many there are going to be, never from the clock: XLA sums in another order, and
 * two runs of one seed must end in the same bits. Measured on TensorFlow 2.21, with steps of 50 to 200 nodes.
 */
import { ModelError } from '../../../core/errors.ts';
import type { Step } from './step.ts';

/**
 * Steps that win back about what compiling takes: 16,000 to 32,000 of them did, for steps of 60 to 210 nodes, which took 0.8 to 1.7 s to compile and then 28 to 94 µs less each.
 */
const worthCompiling = 2 ** 14;
/** Multiplications in products of matrices from which oneDNN's are faster than XLA's, by more than the nodes between them gain. */
const mostMultiplications = 2 ** 25;
/** Nodes from which compiling takes too long to be won back: an LSTM of 640 nodes took 16 s, and was no faster. */
const mostNodes = 300;

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
 * @param steps - how many are going to be made, with those that the model has made before; 0 if nobody knows
 * @throws ModelError if IBEX_XLA is none of on, off and auto
 */
export function compiles({ nodes, work }: Pick<Step, 'nodes' | 'work'>, steps: number): boolean {
  const wanted = process.env.IBEX_XLA || 'auto';
  if (!['on', 'off', 'auto'].includes(wanted)) throw new ModelError('IBEX_XLA', `must be on, off or auto, got "${wanted}"`);
  if (wanted !== 'auto') return wanted === 'on';
  return steps >= worthCompiling && work.multiplications <= mostMultiplications && nodes.length <= mostNodes && nodes.every(({ op }) => suited.has(op));
}
