// `npm run bench:scaling -- [--backends wasm,native] [--seconds 1]`: how the time of a training step grows with rows, batch, width, depth and sequence
// length, against the arithmetic limit of the engine: what it reaches in a plain product of two 512 × 512 matrices. Prints Markdown.
import { parseArgs } from 'node:util';
import { input, sequential, setBackend, tf } from 'ibexjs';
import { dense, lstm } from 'ibexjs/layers';
import { momentum } from 'ibexjs/optimizers';

const { values } = parseArgs({ options: { backends: { type: 'string', default: 'wasm,native' }, seconds: { type: 'string', default: '1' } } });
const backends = values.backends.split(',');
const milliseconds = 1000 * Number(values.seconds);

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** Operations a second of a plain product, the best of what fits into the time: the limit. */
function limit() {
  const size = 512;
  const a = tf.randomUniform([size, size]);
  let best = Infinity;
  for (const end = performance.now() + milliseconds; performance.now() < end;) {
    const start = performance.now();
    const product = tf.matMul(a, a);
    product.dataSync();
    best = Math.min(best, performance.now() - start);
    product.dispose();
  }
  a.dispose();
  return (2 * size ** 3) / (best / 1000);
}

const mlp = ({ rows = 4096, batch = 64, features = 64, width = 128, depth = 3 }) => {
  const sizes = [features, ...Array(depth).fill(width), 1];
  return {
    rows, batch, shape: [features],
    layers: [...Array(depth).fill('relu'), 'linear'].map((activation, i) => dense({ units: sizes[i + 1], activation })),
    // Forward, gradient of the kernel, and, but for the first layer, gradient of the input.
    operations: sizes.slice(1).reduce((sum, out, i) => sum + 2 * batch * sizes[i] * out * (i === 0 ? 2 : 3), 0),
  };
};
const recurrent = ({ rows = 1024, batch = 64, features = 32, units = 64, steps = 32 }) => ({
  rows, batch, shape: [steps, features],
  layers: [lstm({ units }), dense({ units: 1 })],
  operations: steps * 2 * batch * 4 * units * (2 * features + 3 * units) + 3 * 2 * batch * units,
});

const cases = [
  ['rows', [256, 1024, 4096, 16384, 65536], (rows) => mlp({ rows })],
  ['batch', [8, 32, 128, 512], (batch) => mlp({ batch })],
  ['width', [16, 64, 256, 1024], (width) => mlp({ width })],
  ['depth', [1, 2, 4, 8, 16], (depth) => mlp({ depth })],
  ['sequence length', [8, 16, 32, 64, 128], (steps) => recurrent({ steps })],
];

/** Microseconds of a step, as the median epoch has it, and seconds of the first epoch. */
async function measure({ rows, batch, shape, layers }) {
  const net = sequential([input({ shape }), ...layers], { seed: 1 });
  net.compile({ optimizer: momentum({ learningRate: 0.001 }), loss: 'meanSquaredError' });
  const size = shape.reduce((n, axis) => n * axis, 1);
  const x = { data: Float32Array.from({ length: rows * size }, (_, i) => Math.sin(i)), shape: [rows, ...shape] };
  const y = Float32Array.from({ length: rows }, (_, i) => Math.cos(i));
  const epochs = [];
  let start;
  const began = performance.now();
  const clock = {
    onEpochBegin: () => void (start = performance.now()),
    onEpochEnd: (_epoch, _logs, training) => {
      epochs.push(performance.now() - start);
      if (epochs.length >= 5 && performance.now() - began > milliseconds) training.stop();
    },
  };
  await net.fit(x, y, { epochs: 1e6, batchSize: batch, shuffle: false, verbose: 0, callbacks: clock });
  net.dispose();
  return { first: epochs[0] / 1000, step: (1000 * median(epochs.slice(2))) / (rows / batch) };
}

const giga = (operations) => (operations / 1e9).toFixed(1);
for (const backend of backends) {
  await setBackend(backend);
  const most = limit();
  console.log(`\n**${backend}**: a plain product reaches ${giga(most)} GFLOP/s.\n\n| what grows | to | µs a step | GFLOP/s | of the limit | first epoch, s |\n| --- | ---: | ---: | ---: | ---: | ---: |`);
  for (const [what, sizes, make] of cases) {
    for (const size of sizes) {
      const workload = make(size);
      const { step, first } = await measure(workload);
      const reached = workload.operations / (step / 1e6);
      console.log(`| ${what} | ${size} | ${step.toFixed(step < 100 ? 1 : 0)} | ${giga(reached)} | ${Math.round((100 * reached) / most)} % | ${first.toFixed(2)} |`);
    }
  }
}
