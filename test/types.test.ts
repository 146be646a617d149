/** What an editor knows of ibex. `npm run typecheck` holds these; running them does nothing. */
import { expectTypeOf, it } from 'vitest';
import { callbacks, input, loadModel, losses, metrics, model, optimizers, sequential, tf, type Callback, type CompileOptions, type History, type Layer, type Model, type Optimizer, type SymbolicTensor, type Tensor } from 'ibexjs';
import { add, dense, dropout, flatten, lstm } from 'ibexjs/layers';
import { adam, momentum, sgd } from 'ibexjs/optimizers';
import { defineLayer, sized, weight, z } from 'ibexjs/define';

/** Not run: only its types matter. */
const typed = (name: string, _: () => unknown) => it(name, () => {});
const net = sequential([input({ shape: [4] }), dense({ units: 1 })]);

typed('a prediction is what the model was made with', () => {
  const x = input({ shape: [4] });
  const [a, b] = [dense({ units: 1 })(x), dense({ units: 2 })(x)];
  expectTypeOf(net.predict([[1, 2, 3, 4]])).toEqualTypeOf<Tensor>();
  expectTypeOf(model({ inputs: x, outputs: a }).predict([[1]])).toEqualTypeOf<Tensor>();
  expectTypeOf(model({ inputs: x, outputs: [a, b] }).predict([[1]])).toEqualTypeOf<[Tensor, Tensor]>();
  expectTypeOf(model({ inputs: [x], outputs: { price: a, kind: b } }).predict([[1]])).toEqualTypeOf<{ price: Tensor; kind: Tensor }>();
  expectTypeOf(model({ inputs: x, outputs: [a, b] as SymbolicTensor[] }).predict([[1]])).toEqualTypeOf<Tensor[]>();
  expectTypeOf(net.call(tf.ones([1, 4]), { training: true })).toEqualTypeOf<Tensor>();
  // @ts-expect-error: there is no such output
  model({ inputs: x, outputs: { price: a } }).predict([[1]]).cost;
});

typed('models go where a model goes', async () => {
  const any: Model = net;
  const one: Model<Tensor> = net;
  const layer: Layer = net;
  expectTypeOf(any.predict([[1]])).toEqualTypeOf<Tensor | Tensor[] | Record<string, Tensor>>();
  const loaded = await loadModel('net.keras');
  expectTypeOf(loaded.predict([[1]]).argMax(-1).dataSync()).toBeObject();
  const again: Model = loaded;
  expectTypeOf(net(input({ shape: [4] }))).toEqualTypeOf<SymbolicTensor>();
  return [one, layer, again];
});

typed('numbers come back as numbers', async () => {
  const history = await net.fit([[1]], [1]);
  expectTypeOf(history).toEqualTypeOf<History>();
  expectTypeOf(history.epoch).toEqualTypeOf<readonly number[]>();
  expectTypeOf(history.history.loss!).toEqualTypeOf<readonly number[]>();
  const found = await net.evaluate([[1]], [1]);
  expectTypeOf(found.loss!).toEqualTypeOf<number>();
  expectTypeOf(net.countParams()).toEqualTypeOf<number>();
  expectTypeOf(net.getWeights()).toEqualTypeOf<Tensor[]>();
});

typed('options that are required are required, and others are not taken', () => {
  // @ts-expect-error: no units
  dense({});
  // @ts-expect-error: no options
  dense();
  // @ts-expect-error: misspelt
  dense({ units: 1, activtion: 'relu' });
  // @ts-expect-error: no such activation
  dense({ units: 1, activation: 'rellu' });
  // @ts-expect-error: no such initializer
  dense({ units: 1, kernelInitializer: 'heNorml' });
  // @ts-expect-error: a string for a number
  dense({ units: '1' });
  sgd({ momentum: 0.9, nesterov: true });
  // @ts-expect-error: an option of another optimizer
  sgd({ rho: 0.9 });
  // @ts-expect-error: misspelt
  adam({ learningrate: 1 });
  // @ts-expect-error: a shape is a list
  input({ shape: 4 });
  // @ts-expect-error: not an option of dropout
  dropout({ rate: 0.5, units: 3 });
  momentum({ momentum: 0.9, nesterov: true, clipnorm: 1, weightDecay: null });
  lstm({ units: 3, returnSequences: true, name: 'reader', trainable: false, activityRegularizer: 'l2' });
  // Functions know their parameters.
  dense({ units: 1, activation: (x) => tf.square(x) });
  dense({ units: 1, activation: dropout({ rate: 0.1 }) });
  // Those without options of their own take the common ones.
  add({ name: 'sum' });
  flatten({ name: 'flat' });
  losses.meanSquaredError({ reduction: 'sum' });
  metrics.meanAbsoluteError({ name: 'mae' });
  // @ts-expect-error: not a common one
  add({ units: 3 });
});

typed('compile and fit know their options', () => {
  net.compile({ optimizer: adam(), loss: 'meanSquaredError', metrics: ['accuracy', metrics.binaryAccuracy({ threshold: 0.3 }), (yTrue, yPred) => tf.sub(yTrue, yPred)] });
  net.compile({ optimizer: 'adam' });
  net.compile({ optimizer: 'adam', loss: [losses.huber(), null], lossWeights: [1, 2], metrics: [['accuracy'], null] });
  net.compile({ optimizer: 'adam', loss: { price: 'meanSquaredError' }, metrics: { price: 'meanAbsoluteError' } });
  // @ts-expect-error: no such loss
  net.compile({ optimizer: 'adam', loss: 'meanSquareError' });
  net.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae', 'acc'] });
  // @ts-expect-error: no such metric
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['accurcy'] });
  // @ts-expect-error: a factory that was not called
  net.compile({ optimizer: adam, loss: 'meanSquaredError' });
  expectTypeOf<Exclude<CompileOptions['optimizer'], Optimizer>>().toEqualTypeOf<keyof typeof optimizers>();
  // @ts-expect-error: no such optimizer
  net.compile({ optimizer: 'adams', loss: 'meanSquaredError' });
  // @ts-expect-error: no optimizer
  net.compile({ loss: 'meanSquaredError' });
  // @ts-expect-error: misspelt
  void net.fit([[1]], [1], { epoch: 3 });
  // @ts-expect-error: a word for a number
  void net.fit([[1]], [1], { epochs: '3' });
  // @ts-expect-error: no such hook
  void net.fit([[1]], [1], { callbacks: { onEpochend: () => {} } });
  // @ts-expect-error: a factory that was not called
  void net.fit([[1]], [1], { callbacks: callbacks.earlyStopping });
  void net.fit({ data: new Float32Array(4), shape: [1, 4] }, tf.ones([1]), { callbacks: [callbacks.earlyStopping({ patience: 3 }), { onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) }], verbose: 2 });
  void net.fit((async function* () { yield [[[1]], [1]] as const; })(), undefined, { stepsPerEpoch: 3 });
  // @ts-expect-error: misspelt
  net.predict([[1]], { batchsize: 3 });
  // @ts-expect-error: misspelt
  callbacks.earlyStopping({ patiense: 3 });
});

typed('the shape of an example is no shape of a tensor', () => {
  const layer = dense({ units: 1 });
  layer.plan([{ shape: sized(4), dtype: 'float32', batchSize: null }]);
  // @ts-expect-error: a tensor's shape has a batch axis
  layer.plan([{ shape: tf.ones([2, 4]).shape, dtype: 'float32', batchSize: null }]);
  // @ts-expect-error: a layer is called on symbolic tensors
  layer(tf.ones([2, 4]));
});

typed('a layer of one’s own is typed by its schema', () => {
  const scale = defineLayer({
    kind: 'scale',
    options: z.strictObject({ by: z.number(), shift: z.boolean().default(false) }),
    build: ({ shift }, shape) => ({ output: shape, weights: { gain: weight([1], 'ones'), offset: shift ? weight([1], 'zeros') : undefined } }),
    call(x, { options, weights }) {
      expectTypeOf(options).toEqualTypeOf<{ by: number; shift: boolean }>();
      expectTypeOf(weights.gain).toEqualTypeOf<Tensor>();
      expectTypeOf(weights.offset).toEqualTypeOf<Tensor | undefined>();
      // @ts-expect-error: no such weight
      void weights.kernel;
      return tf.mul(x, weights.gain);
    },
  });
  scale({ by: 2, name: 'twice' });
  // @ts-expect-error: required
  scale({ shift: true });
});

typed('a callback knows what it is told', () => {
  const callback: Callback = {
    onBatchEnd(batch, logs, training) {
      expectTypeOf(batch).toEqualTypeOf<number>();
      expectTypeOf(logs.loss!).toEqualTypeOf<number>();
      expectTypeOf(training.learningRate).toEqualTypeOf<number>();
    },
  };
  return callback;
});
