// Each of ibex's WebAssembly kernels against tfjs's own, in turns in one process: `npm run build && node bench/kernels.mjs [part of a name]`.
// Prints the median of each in microseconds (and the fastest), and how many times faster ours is by the median. Where tfjs has none, only ours.
import { tf } from '../dist/src/core/tensor.js';
import { registerGradients } from '../dist/src/runtime/gradients/register.js';

await import('@tensorflow/tfjs-backend-wasm');
await tf.setBackend('wasm');
const stock = new Map(tf.getKernelsForBackend('wasm').map((kernel) => [kernel.kernelName, kernel.kernelFunc]));
const { startWasm } = await import('../dist/src/runtime/wasm/start.js');
await startWasm();
registerGradients();

const backend = tf.backend();
const random = (...shape) => tf.randomUniform(shape, -1, 1);
const ints = (n, below) => tf.randomUniform([n], 0, below, 'int32');
const nhwc = { dataFormat: 'NHWC', dilations: 1 };

/** name, kernel, inputs, attributes */
const cases = [];
const add = (name, kernel, inputs, attrs = {}) => cases.push({ name, kernel, inputs, attrs });
const product = (m, k, n, transposeA = false, transposeB = false) =>
  add(`matMul ${m}×${k}×${n}${transposeA ? ' Aᵀ' : ''}${transposeB ? ' Bᵀ' : ''}`, 'BatchMatMul', () => ({
    a: random(1, ...(transposeA ? [k, m] : [m, k])), b: random(1, ...(transposeB ? [n, k] : [k, n])),
  }), { transposeA, transposeB });
const convolution = (label, batch, size, channels, filters, window, strides = 1) => {
  const shape = [batch, size, size, channels];
  const filterShape = [window, window, channels, filters];
  const out = Math.ceil(size / strides);
  const attrs = { ...nhwc, strides, pad: 'same' };
  add(`${label} forward`, 'Conv2D', () => ({ x: random(...shape), filter: random(...filterShape) }), attrs);
  add(`${label} by input`, 'Conv2DBackpropInput', () => ({ dy: random(batch, out, out, filters), filter: random(...filterShape) }), { ...attrs, inputShape: shape });
  add(`${label} by filter`, 'Conv2DBackpropFilter', () => ({ x: random(...shape), dy: random(batch, out, out, filters) }), { ...attrs, filterShape });
};
const x = (...shape) => () => ({ x: random(...shape) });

product(512, 512, 512);
product(512, 512, 512, false, true);
product(512, 512, 512, true, false);
product(512, 512, 512, true, true);
product(64, 784, 128);
product(784, 64, 128, true, false);
product(64, 128, 784, false, true);
product(64, 128, 10);
product(64, 128, 512);
product(32, 6, 16);
product(32, 16, 1);
product(1, 784, 128);
add('matMul 256 of 32×16×32 Bᵀ (attention)', 'BatchMatMul', () => ({ a: random(256, 32, 16), b: random(256, 32, 16) }), { transposeA: false, transposeB: true });
add('fused matMul + bias + relu 64×784×128', '_FusedMatMul', () => ({ a: random(1, 64, 784), b: random(1, 784, 128), bias: random(128) }), { transposeA: false, transposeB: false, activation: 'relu' });
convolution('conv 5×5 32·28²·1→6', 32, 28, 1, 6, 5);
convolution('conv 3×3 32·28²·1→32', 32, 28, 1, 32, 3);
convolution('conv 3×3 32·14²·32→64', 32, 14, 32, 64, 3);
convolution('conv 1×1 32·14²·64→64', 32, 14, 64, 64, 1);
convolution('conv 3×3 stride 2 32·28²·16→32', 32, 28, 16, 32, 3, 2);
const depth = { ...nhwc, strides: 1, pad: 'same', dilations: [1, 1] };
add('depthwise 3×3 32·14²·64 forward', 'DepthwiseConv2dNative', () => ({ x: random(32, 14, 14, 64), filter: random(3, 3, 64, 1) }), depth);
add('depthwise 3×3 32·14²·64 by input', 'DepthwiseConv2dNativeBackpropInput', () => ({ dy: random(32, 14, 14, 64), filter: random(3, 3, 64, 1) }), { ...depth, inputShape: [32, 14, 14, 64] });
add('depthwise 3×3 32·14²·64 by filter', 'DepthwiseConv2dNativeBackpropFilter', () => ({ x: random(32, 14, 14, 64), dy: random(32, 14, 14, 64) }), { ...depth, filterShape: [3, 3, 64, 1] });
add('conv3d 3×3×3 4·8³·8→16 forward', 'Conv3D', () => ({ x: random(4, 8, 8, 8, 8), filter: random(3, 3, 3, 8, 16) }), { strides: 1, pad: 'same', dataFormat: 'NDHWC', dilations: 1 });
const pool = { filterSize: 2, strides: 2, pad: 'valid' };
add('maxPool 2×2 32·28²·32', 'MaxPool', x(32, 28, 28, 32), pool);
add('maxPool 2×2 32·28²·32 back', 'MaxPoolGrad', () => ({ dy: random(32, 14, 14, 32), input: random(32, 28, 28, 32), output: random(32, 14, 14, 32) }), pool);
add('avgPool 2×2 32·28²·32', 'AvgPool', x(32, 28, 28, 32), pool);
add('avgPool 2×2 32·28²·32 back', 'AvgPoolGrad', () => ({ dy: random(32, 14, 14, 32), input: random(32, 28, 28, 32) }), pool);
add('slice a batch of 64 from 60000×784', 'Slice', x(60000, 784), { begin: [640, 0], size: [64, 784] });
add('unstack 64×28×512 over time', 'Unpack', () => ({ value: random(64, 28, 512) }), { axis: 1 });
add('split 64×512 in 4', 'SplitV', x(64, 512), { numOrSizeSplits: 4, axis: 1 });
add('concat 64×28 with 64×128', 'Concat', () => [random(64, 28), random(64, 128)], { axis: 1 });
add('stack 28 of 64×128', 'Pack', () => Array.from({ length: 28 }, () => random(64, 128)), { axis: 1 });
add('identity 64×28×512', 'Identity', x(64, 28, 512));
add('cast to float32 64×28×512', 'Cast', x(64, 28, 512), { dtype: 'float32' });
add('pad 32·28²·16 by 1', 'PadV2', x(32, 28, 28, 16), { paddings: [[0, 0], [1, 1], [1, 1], [0, 0]], constantValue: 0 });
add('transpose 512×512', 'Transpose', x(512, 512), { perm: [1, 0] });
add('transpose 32×64×8×16 to heads', 'Transpose', x(32, 64, 8, 16), { perm: [0, 2, 1, 3] });
add('transpose 32×28×28×16 to channels first', 'Transpose', x(32, 28, 28, 16), { perm: [0, 3, 1, 2] });
for (const name of ['Relu', 'Exp', 'Log', 'Sigmoid', 'Tanh', 'Softplus', 'Erf', 'Sqrt', 'Rsqrt', 'Square', 'Neg', 'Elu', 'Step']) add(`${name} of 64×1000`, name, () => ({ x: tf.randomUniform([64, 1000], 0.1, 2) }), { alpha: 0 });
add('Softmax 64×1000', 'Softmax', () => ({ logits: random(64, 1000) }), { dim: 1 });
add('Softmax 64×10', 'Softmax', () => ({ logits: random(64, 10) }), { dim: 1 });
for (const [name, label] of [['Sum', ''], ['Mean', ''], ['Max', '']]) {
  for (const [shape, axis] of [[[64, 1000], 1], [[25088, 32], 0], [[32, 14, 14, 64], [0, 1, 2]], [[32, 14, 14, 64], [1, 2]], [[64, 1000], [0, 1]]]) {
    add(`${name}${label} ${shape.join('×')} over ${axis}`, name, x(...shape), { axis, reductionIndices: axis, keepDims: false });
  }
}
const pair = (a, b) => () => ({ a: random(...a), b: random(...b) });
for (const name of ['Add', 'Multiply', 'RealDiv', 'Maximum', 'Greater']) {
  add(`${name} 64×1000, alike`, name, pair([64, 1000], [64, 1000]));
  add(`${name} 6272×64, with a vector`, name, pair([6272, 64], [64]));
}
add('Multiply 64×1000, with a number', 'Multiply', pair([64, 1000], []));
add('Multiply 64×1000, with a column', 'Multiply', pair([64, 1000], [64, 1]));
add('select 64×1000', 'Select', () => ({ condition: random(64, 1000).greater(0), t: random(64, 1000), e: random(64, 1000) }));
add('gather 2048 rows of 10000×64', 'GatherV2', () => ({ x: random(10000, 64), indices: ints(2048, 10000) }), { axis: 0, batchDims: 0 });
add('segment sum of 2048 rows to 10000×64', 'UnsortedSegmentSum', () => ({ x: random(2048, 64), segmentIds: ints(2048, 10000) }), { numSegments: 10000 });
add('oneHot 64 of 1000', 'OneHot', () => ({ indices: ints(64, 1000) }), { depth: 1000, onValue: 1, offValue: 0, dtype: 'float32' });
add('batchNorm 32·14²·64', 'FusedBatchNorm', () => ({ x: random(32, 14, 14, 64), mean: random(64), variance: tf.randomUniform([64]), offset: random(64), scale: random(64) }), { varianceEpsilon: 1e-3 });
add('cumsum 64×1000', 'Cumsum', x(64, 1000), { axis: 1, exclusive: false, reverse: false });
add('einsum bqhd,bkhd->bhqk 8×32×4×16', 'Einsum', () => [random(8, 32, 4, 16), random(8, 32, 4, 16)], { equation: 'bqhd,bkhd->bhqk' });
for (const name of ['StatelessRandomUniform', 'StatelessRandomNormal']) add(`${name} 100000`, name, () => ({ seed: tf.tensor1d([7, 0], 'int32') }), { shape: [100000] });

const dispose = (out) => [out].flat().forEach(({ dataId }) => backend.disposeData(dataId));
const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];

/** Calls that take together some two milliseconds, found while V8 gets to optimize the code. */
function repetitions(run) {
  const end = performance.now() + 60;
  let n = 1;
  while (performance.now() < end) {
    const start = performance.now();
    for (let i = 0; i < n; i++) dispose(run());
    const took = performance.now() - start;
    n = Math.max(1, Math.min(1e4, Math.round((2 * n) / took)));
  }
  return n;
}

const wanted = process.argv[2] ?? '';
console.log(`Node ${process.version}; median of 15 (fastest), microseconds: tfjs, ibex`);
for (const { name, kernel, inputs, attrs } of cases.filter((each) => each.name.includes(wanted))) {
  const given = inputs();
  const contenders = { tfjs: stock.get(kernel), ibex: tf.getKernel(kernel, 'wasm').kernelFunc };
  const runs = Object.entries(contenders).filter(([, run]) => run).map(([who, run]) => ({ who, run: () => run({ inputs: given, backend, attrs }), times: [] }));
  for (const each of runs) each.n = repetitions(each.run);
  for (let round = 0; round < 15; round++) {
    for (const { run, times, n } of runs) {
      const start = performance.now();
      for (let i = 0; i < n; i++) dispose(run());
      times.push((1000 * (performance.now() - start)) / n);
    }
  }
  const show = (times) => (times ? `${median(times).toFixed(1)} (${Math.min(...times).toFixed(1)})` : '—').padStart(22);
  const [tfjs, ibex] = ['tfjs', 'ibex'].map((who) => runs.find((each) => each.who === who)?.times);
  console.log(`${name.padEnd(44)} ${show(tfjs)} ${show(ibex)} ${tfjs ? `×${(median(tfjs) / median(ibex)).toFixed(2)}` : ''}`);
  Object.values(given).forEach((tensor) => tensor.dispose());
}
