// ibex as a peer of the side-by-side benchmark: prints one JSON line for each workload. `--backend wasm|native|cpu`.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { getBackend, input, sequential, setBackend } from 'ibexjs';
import { conv2d, dense, embedding, flatten, lstm, maxPooling2d } from 'ibexjs/layers';
import { adam, momentum } from 'ibexjs/optimizers';

if (!process.env.IBEX_PEERS) throw new Error('IBEX_PEERS must name the folder of the benchmark (bench/run.mjs does)');
const { parseArguments, runPeer, WORKLOADS } = createRequire(import.meta.url)(join(process.env.IBEX_PEERS, 'common.cjs'));
const options = parseArguments({ backend: 'wasm' });
const { backend } = options;
await setBackend(backend);

const network = {
  'titanic-mlp': () => [input({ shape: [6] }), dense({ units: 16, activation: 'relu' }), dense({ units: 8, activation: 'relu' }), dense({ units: 1, activation: 'sigmoid' })],
  'mnist-mlp': () => [input({ shape: [784] }), dense({ units: 128, activation: 'relu' }), dense({ units: 10, activation: 'softmax' })],
  lenet5: () => [
    input({ shape: [28, 28, 1] }),
    conv2d({ filters: 6, kernelSize: 5, padding: 'same', activation: 'relu' }), maxPooling2d({ poolSize: 2 }),
    conv2d({ filters: 16, kernelSize: 5, padding: 'same', activation: 'relu' }), maxPooling2d({ poolSize: 2 }),
    flatten(), dense({ units: 120, activation: 'relu' }), dense({ units: 84, activation: 'relu' }), dense({ units: 10, activation: 'softmax' }),
  ],
  'lstm-rows': () => [input({ shape: [28, 28] }), lstm({ units: 128 }), dense({ units: 10, activation: 'softmax' })],
  'char-lstm': () => [input({ shape: [64], dtype: 'int32' }), embedding({ inputDim: 64, outputDim: 64 }), lstm({ units: 128 }), dense({ units: 64, activation: 'softmax' })],
};
network['predict-one'] = network['titanic-mlp'];
network['predict-batch'] = network.lenet5;

const optimizer = ({ name, learningRate, ...rest }) => (name === 'sgd' ? momentum({ learningRate, momentum: rest.momentum }) : adam({ learningRate, beta1: rest.beta1, beta2: rest.beta2, epsilon: rest.epsilon }));

function build(name, weights) {
  const net = sequential(network[name](), { seed: 1 });
  net.setWeights(weights.map(({ values, shape }) => ({ data: values, shape })));
  return net;
}

await runPeer({
  name: `ibex-${getBackend()}`,
  async trainer(name, data, weights) {
    const net = build(name, weights);
    net.compile({ optimizer: optimizer(WORKLOADS[name].optimizer), loss: name === 'titanic-mlp' ? 'binaryCrossentropy' : 'sparseCategoricalCrossentropy' });
    const x = { data: data.x, shape: data.shape };
    const y = { data: data.y, shape: [data.rows] };
    let done = 0;
    return async (epochs) => {
      const { history } = await net.fit(x, y, { epochs: done + epochs, initialEpoch: done, batchSize: WORKLOADS[name].batch, shuffle: false, verbose: 0 });
      done += epochs;
      return history.loss.at(-1);
    };
  },
  async predictOne(name, weights) {
    const net = build(name, weights);
    return (row) => {
      const y = net.predict({ data: row, shape: [1, row.length] });
      const [value] = y.dataSync();
      y.dispose();
      return value;
    };
  },
  async predictBatch(name, data, batch, weights) {
    const net = build(name, weights);
    const x = { data: data.x, shape: data.shape };
    return () => {
      const y = net.predict(x, { batchSize: batch });
      const values = y.dataSync();
      y.dispose();
      return values;
    };
  },
}, options);
