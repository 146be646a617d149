/** Models that between them have most of what a file can hold: sound files to begin from. */
import { input, layers as l, model, sequential, type Model } from 'ibexjs';
import { adam, cosineDecay, momentum, rmsprop } from 'ibexjs/optimizers';

export function corpus(): Readonly<Record<string, Model>> {
  const net = (made: unknown) => made as Model;
  const plain = sequential([input({ shape: [4] }), l.dense({ units: 3, activation: 'relu', kernelRegularizer: 'l2' }), l.dropout({ rate: 0.2 }), l.batchNormalization(), l.dense({ units: 2, activation: 'softmax' })], { seed: 1 });
  plain.compile({ optimizer: adam({ learningRate: cosineDecay({ initialLearningRate: 0.1, decaySteps: 10 }) }), loss: 'categoricalCrossentropy', metrics: ['accuracy', 'auc'] });
  const image = sequential([input({ shape: [6, 6, 2] }), l.conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }), l.maxPooling2d({ poolSize: 2 }), l.zeroPadding2d(), l.separableConv2d({ filters: 2, kernelSize: 2 }), l.upSampling2d(), l.globalAveragePooling2d(), l.reshape({ targetShape: [2, 1] }), l.flatten()], { seed: 2 });
  const words = sequential([input({ shape: [5] }), l.embedding({ inputDim: 6, outputDim: 3, maskZero: true }), l.bidirectional({ layer: l.lstm({ units: 2, returnSequences: true }) }), l.timeDistributed({ layer: l.dense({ units: 2 }) }), l.rnn({ cell: [l.gruCell({ units: 2 }), l.simpleRNNCell({ units: 2 })] })], { seed: 3 });
  const a = input({ shape: [4], name: 'a' });
  const b = input({ shape: [4], name: 'b' });
  const shared = l.dense({ units: 3 });
  const inner = sequential([input({ shape: [3] }), l.dense({ units: 3 }), l.prelu()], { name: 'inner', seed: 4 });
  const j = input({ shape: [3] });
  const twin = model({ inputs: j, outputs: l.dense({ units: 2 })(j), name: 'twin', seed: 5 });
  const sum = l.add()([inner(shared(a)), shared(b)]);
  const graph = model({ inputs: { a, b }, outputs: { p: twin(sum), q: l.concatenate()([twin(inner(sum)), l.activation({ activation: 'gelu' })(sum)]) }, seed: 6 });
  graph.compile({ optimizer: rmsprop({ learningRate: 0.01, momentum: 0.5 }), loss: { p: 'meanSquaredError', q: 'huber' }, lossWeights: { p: 1, q: 2 }, metrics: { p: ['meanAbsoluteError'] } });
  const x = input({ shape: [null, 4] });
  const attended = l.layerNormalization()(l.multiHeadAttention({ numHeads: 2, keyDim: 2 })([x, x], { useCausalMask: true }));
  const sequence = model({ inputs: x, outputs: l.gru({ units: 2 })(l.masking()(attended)), seed: 7 });
  sequence.compile({ optimizer: momentum({ learningRate: 0.1, momentum: 0.9, useEma: true }), loss: 'meanSquaredError' });
  return { plain: net(plain), image: net(image), words: net(words), graph: net(graph), sequence: net(sequence) };
}
