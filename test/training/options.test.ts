import { describe, expect, it } from 'vitest';
import { input, losses, metrics, model, optimizers, sequential, tf } from 'ibexjs';
import { dense, lstm } from 'ibexjs/layers';
import { adam, sgd } from 'ibexjs/optimizers';
import { problemOf } from '../helpers/problem.ts';

const bare = () => sequential([input({ shape: [2] }), dense({ units: 1 })]);
const net = () => bare().compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
const [x, y] = [[[1, 2], [3, 4]], [1, 2]];

describe('options', () => {
  it.each([
    ['epochs', -1, 'fit: epochs must be at least 0, got -1'],
    ['epochs', 1.5, 'fit: epochs must be an int, got 1.5'],
    ['epochs', NaN, 'fit: epochs must be a number, got NaN'],
    ['epochs', null, 'fit: epochs must be a number, got null'],
    ['epochs', '10', 'fit: epochs must be a number, got "10"'],
    ['epochs', Infinity, 'fit: epochs must be a number, got Infinity'],
    ['batchSize', 0, 'fit: batchSize must be greater than 0, got 0'],
    ['batchSize', NaN, 'fit: batchSize must be a number, got NaN'],
    ['validationSplit', 1, 'fit: validationSplit must be less than 1, got 1'],
    ['validationSplit', 0, 'fit: validationSplit must be greater than 0, got 0'],
    ['validationSplit', 0.9, 'fit: validationSplit 0.9 of 2 examples leaves no example on one side; give more data or another share'],
    ['validationFreq', 0, 'fit: validationFreq must be greater than 0, got 0'],
    ['stepsPerEpoch', -2, 'fit: stepsPerEpoch must be greater than 0, got -2'],
    ['initialEpoch', -2, 'fit: initialEpoch must be at least 0, got -2'],
    ['shuffle', 'batch', 'fit: shuffle must be a boolean, got "batch"'],
    ['validationData', { x, y }, 'fit: validationData: must be [x, y], [x, y, sampleWeight] or an iterable of batches, got {"x":[[1,2],[3,4]],"y":[1,2]}'],
    ['validationData', tf.ones([4, 2]), 'fit: validationData: must be [x, y], [x, y, sampleWeight] or an iterable of batches, got a tensor of shape [4,2]'],
    ['validationData', [x], 'fit: validationData: must be [x, y], [x, y, sampleWeight] or an iterable of batches, got [[[1,2],[3,4]]]'],
    ['epoch', 3, 'fit: unknown option "epoch" — did you mean "epochs"?'],
    ['batch_size', 3, 'fit: unknown option "batch_size" — did you mean "batchSize"?'],
    ['callback', [], 'fit: unknown option "callback" — did you mean "callbacks"?'],
  ])('of fit: %s: %j', async (key, value, words) => {
    expect(await problemOf(() => net().fit(x, y, { verbose: 0, [key]: value }))).toBe(words);
  });

  it.each([
    ['predict', () => net().predict(x, { batchsize: 3 } as never), 'predict: unknown option "batchsize" — did you mean "batchSize"?'],
    ['predict', () => net().predict(x, { batchSize: 0 }), 'predict: batchSize must be greater than 0, got 0'],
    ['predict', () => net().predict(x, null as never), 'predict: options must be an object, got null'],
    ['evaluate', () => net().evaluate(x, y, { epochs: 1 } as never), 'evaluate: unknown option "epochs" — known: batchSize, sampleWeight, steps'],
    ['trainOnBatch', () => net().trainOnBatch(x, y, { sampleWeights: [1, 2] } as never), 'trainOnBatch: unknown option "sampleWeights" — did you mean "sampleWeight"?'],
    ['testOnBatch', () => net().testOnBatch(x, y, { classWeight: { 0: 1 } } as never), 'testOnBatch: unknown option "classWeight" — known: sampleWeight'],
    ['fit', () => net().fit(x, y, 5 as never), 'fit: options must be an object, got 5'],
  ])('of %s', async (_, run, words) => {
    expect(await problemOf(run)).toBe(words);
  });

  it('that are undefined are as good as left out', async () => {
    expect((await net().fit(x, y, { epochs: undefined, batchSize: undefined, callbacks: undefined, validationData: undefined, verbose: 0 })).epoch).toEqual([0]);
  });
});

describe('compile refuses', () => {
  const loss = 'meanSquaredError';
  it.each([
    ['nothing', undefined, 'compile: takes { optimizer, loss }, got nothing'],
    ['a misspelt optimizer', { optimizer: 'addam', loss }, 'compile: there is no optimizer "addam" — did you mean "adam"?'],
    ['Keras’s class', { optimizer: 'Adam', loss }, 'compile: there is no optimizer "Adam" — did you mean "adam"?'],
    ['a name of no optimizer', { optimizer: 'toString', loss }, /^compile: there is no optimizer "toString"/],
    ['a factory', { optimizer: adam, loss }, 'compile: optimizer is the factory adam; call it: adam()'],
    ['no optimizer', { loss }, 'compile: optimizer must be an optimizer such as adam() or the name of one, got nothing'],
    ['an optimizer’s options', { optimizer: { learningRate: 0.1 }, loss }, 'compile: optimizer must be an optimizer such as adam() or the name of one, got {"learningRate":0.1}'],
    ['a misspelt loss', { optimizer: 'sgd', loss: 'meanSquareError' }, 'compile: there is no loss "meanSquareError" — did you mean "meanSquaredError"?'],
    ['Keras’s spelling', { optimizer: 'sgd', loss: 'mean_squared_error' }, 'compile: there is no loss "mean_squared_error" — did you mean "meanSquaredError"?'],
    ['a loss that is a factory', { optimizer: 'sgd', loss: losses.huber }, 'compile: loss is the factory huber; call it: huber()'],
    ['a loss that is a number', { optimizer: 'sgd', loss: 3 }, 'compile: loss must be a name, a loss or a function (yTrue, yPred) => values, got 3'],
    ['losses for more outputs', { optimizer: 'sgd', loss: [loss, loss] }, 'compile: loss must have one entry for each of the 1 outputs (dense), got 2'],
    ['a loss for an output that there is not', { optimizer: 'sgd', loss: { dens: loss } }, 'compile: loss names the output "dens", which there is not — did you mean "dense"?'],
    ['a misspelt metric', { optimizer: 'sgd', loss, metrics: ['acuracy'] }, 'compile: there is no metric "acuracy" — did you mean "accuracy"?'],
    ['a metric that is a factory', { optimizer: 'sgd', loss, metrics: [metrics.meanAbsoluteError] }, 'compile: a metric is the factory meanAbsoluteError; call it: meanAbsoluteError()'],
    ['a metric that is a number', { optimizer: 'sgd', loss, metrics: [1] }, 'compile: a metric must be a name, a metric or a function (yTrue, yPred) => values, got 1'],
    ['a metric without a list', { optimizer: 'sgd', loss, metrics: 'accuracy' }, 'compile: metrics must be a list, got "accuracy"; put it into [ ]'],
    ['weights of losses that are none', { optimizer: 'sgd', loss, lossWeights: [NaN] }, 'compile: lossWeights must be numbers, got NaN'],
    ['a weight without a list', { optimizer: 'sgd', loss, lossWeights: 2 }, 'compile: lossWeights must be a list or a record by output name (dense), got 2'],
    ['an option that there is not', { optimizer: 'sgd', losses: loss }, 'compile: unknown option "losses" — known: optimizer, loss, lossWeights, metrics, weightedMetrics, jit'],
    ['an odd jit', { optimizer: 'sgd', loss, jit: 'yes' }, 'compile: jit must be \'auto\', true or false, got "yes"'],
  ] as [string, never, string | RegExp][])('%s', async (_, options, words) => {
    if (typeof words === 'string') expect(await problemOf(() => bare().compile(options))).toBe(words);
    else expect(await problemOf(() => bare().compile(options))).toMatch(words);
  });

  it('one list of metrics for several outputs', async () => {
    const at = input({ shape: [2] });
    const two = model({ inputs: at, outputs: [dense({ units: 1 })(at), dense({ units: 1 })(at)] });
    expect(await problemOf(() => two.compile({ optimizer: 'sgd', loss, metrics: ['meanAbsoluteError', 'meanSquaredError', 'accuracy'] })))
      .toBe('compile: metrics must have one entry for each of the 2 outputs (dense, dense_1), got 3');
  });

  it('names at once, even before the shape of the model is known', async () => {
    const pending = sequential([dense({ units: 1, name: 'head' })]);
    expect(await problemOf(() => pending.compile({ optimizer: 'sdg' as never, loss }))).toBe('compile: there is no optimizer "sdg" — did you mean "sgd"?');
    expect(await problemOf(() => pending.compile({ optimizer: 'sgd', loss: { head: 'rms' } as never }))).toMatch(/^compile: there is no loss "rms"/);
    pending.compile({ optimizer: 'sgd', loss: { head: loss } });
    expect(await pending.evaluate([[1]], [1])).toHaveProperty('loss');
    const wrong = sequential([dense({ units: 1, name: 'head' })]).compile({ optimizer: 'sgd', loss: { had: loss } });
    expect(await problemOf(() => wrong.evaluate([[1]], [1]))).toBe('compile: loss names the output "had", which there is not — did you mean "head"?');
  });

  it('and leaves an earlier compilation as it was', async () => {
    const trained = net();
    await trained.trainOnBatch(x, y);
    await problemOf(() => trained.compile({ optimizer: 'sgd', loss: 'none' as never }));
    expect(trained.trainer.optimizerState.iteration.dataSync()[0]).toBe(1);
    expect(await trained.evaluate(x, y)).toHaveProperty('loss');
  });
});

describe('compile takes', () => {
  it.each(Object.keys(optimizers) as (keyof typeof optimizers)[])('the optimizer %s by its name', async (name) => {
    const { history } = await bare().compile({ optimizer: name, loss: 'meanSquaredError' }).fit(x, y, { epochs: 2, verbose: 0 });
    expect(history.loss!.every(Number.isFinite)).toBe(true);
  });

  it('several things under one name, numbered', async () => {
    const found = await bare().compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['meanAbsoluteError', metrics.meanAbsoluteError({ name: 'meanAbsoluteError' })], weightedMetrics: ['meanAbsoluteError'] }).evaluate(x, y);
    expect(Object.keys(found)).toEqual(['loss', 'meanAbsoluteError', 'meanAbsoluteError_1', 'weighted_meanAbsoluteError']);
  });

  it('the accuracy that fits the output', async () => {
    const accuracy = async (units: number, yTrue: unknown) => {
      const found = await sequential([input({ shape: [1] }), dense({ units, kernelInitializer: 'zeros', useBias: false, activation: 'sigmoid' })])
        .compile({ optimizer: 'sgd', loss: (_, yPred) => tf.mean(yPred, -1), metrics: ['accuracy'] }).evaluate([1, 2, 3], yTrue as never);
      return found.accuracy;
    };
    // Every prediction is 1/2, which is not over the threshold; the first of equal classes counts.
    expect(await accuracy(1, [0, 0, 1])).toBeCloseTo(2 / 3);
    expect(await accuracy(3, [0, 0, 2])).toBeCloseTo(2 / 3);
    expect(await accuracy(3, [[1, 0, 0], [0, 1, 0], [0, 0, 1]])).toBeCloseTo(1 / 3);
  });
});

describe('calls out of turn', () => {
  it.each([
    ['fit', (model: ReturnType<typeof bare>) => model.fit(x, y)],
    ['evaluate', (model) => model.evaluate(x, y)],
    ['trainOnBatch', (model) => model.trainOnBatch(x, y)],
    ['testOnBatch', (model) => model.testOnBatch(x, y)],
    ['applyGradients', (model) => model.applyGradients([])],
  ] as [string, (model: ReturnType<typeof bare>) => unknown][])('%s before compile', async (name, run) => {
    expect(await problemOf(() => run(bare()))).toBe(`${name}: the model is not compiled; call compile({ optimizer, loss }) first`);
    expect(await problemOf(() => run(sequential([dense({ units: 1 })])))).toBe(`${name}: the model is not compiled; call compile({ optimizer, loss }) first`);
  });

  it.each(['fit', 'evaluate', 'trainOnBatch', 'testOnBatch'] as const)('%s without a loss', async (name) => {
    expect(await problemOf(() => bare().compile({ optimizer: 'sgd' })[name](x, y)))
      .toBe(`${name}: the model was compiled without a loss; call compile({ optimizer, loss }), or train it with gradients() and applyGradients()`);
  });
});

describe('options of layers and optimizers', () => {
  it.each([
    ['an activation', () => dense({ units: 1, activation: 'rellu' as never }), 'dense: activation cannot be "rellu" — did you mean "relu"?'],
    ['an initializer', () => dense({ units: 1, kernelInitializer: 'heNorml' as never }), 'dense: kernelInitializer cannot be "heNorml" — did you mean "heNormal"?'],
    ['units', () => dense({ units: NaN }), 'dense: units must be a number, got NaN'],
    ['units', () => dense({ units: null as never }), 'dense: units must be a number, got null'],
    ['units', () => lstm({ units: -3, name: 'reader' }), 'lstm "reader": units must be greater than 0, got -3'],
    ['an option', () => dense({ unit: 3 } as never), 'dense: units missing: expected number; unknown option "unit" — did you mean "units"?'],
    ['a learning rate', () => sgd({ learningRate: -1 }), 'sgd: learningRate must be at least 0, got -1'],
    ['a learning rate', () => adam({ learningRate: NaN }), 'adam: learningRate must be a number, a schedule such as cosineDecay({ … }), or a function of the step, got NaN'],
    ['an option of another optimizer', () => sgd({ rho: 0.9 } as never), 'sgd: unknown option "rho" — known: momentum, nesterov, learningRate, weightDecay, clipnorm, globalClipnorm, clipvalue, useEma, emaMomentum, emaOverwriteFrequency, gradientAccumulationSteps'],
    ['a shape', () => input({ shape: [2, -1] }), 'input: shape.1 must be greater than 0, got -1'],
    ['a shape', () => input({ shape: 3 as never }), 'input: shape must be an array, got 3'],
    ['a shape', () => input({} as never), 'input: shape missing: expected array'],
  ])('%s', async (_, make, words) => {
    expect(await problemOf(make)).toBe(words);
  });
});
