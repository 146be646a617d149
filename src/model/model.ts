/** A model: a graph of layers that can be compiled, fitted, evaluated, asked, saved, and used as a layer of another. */
import { z } from 'zod';
import type { NdArray, TypedArray } from '../core/array.ts';
import { didYouMean, inWords, ModelError } from '../core/errors.ts';
import { callSymbolic, nameLayer, type Flow, type Given, type Layer, type Pass, type Plan, type PlanInput } from '../core/layer.ts';
import { show, sized } from '../core/shape.ts';
import type { CallArguments, SymbolicTensor } from '../core/symbolic.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { isStream, type BatchStream } from '../training/batches.ts';
import { resolveCompile, type Compiled, type CompileOptions } from '../training/compile.ts';
import { toHost, type ArrayData } from '../training/data.ts';
import { readDataset } from '../training/source.ts';
import { takeBatch, type ClassWeight, type Data } from '../training/dataset.ts';
import { evaluate, type EvaluateOptions } from '../training/evaluate.ts';
import { fit, type FitOptions } from '../training/fit.ts';
import { predict, type PredictOptions } from '../training/predict.ts';
import type { Logs } from '../training/tallies.ts';
import { disposeBatch, Trainer } from '../training/trainer.ts';
import type { History } from '../training/callbacks/history.ts';
import { runGraph } from './forward.ts';
import { planNetwork, type Network } from './network.ts';
import { countParameters, summaryLines } from './summary.ts';
import type { Variable } from './variables.ts';

/** How a model gets its network: at once, or from the first shapes that it meets. */
export type Build = (inputs: readonly PlanInput[]) => Network;

/** A function object whose prototype is that of a class: `encoder(x)` and `encoder.predict(x)` alike. */
abstract class Callable {
  constructor(call: (...given: never[]) => unknown) {
    return Object.setPrototypeOf(call, new.target.prototype) as this;
  }
}

export interface Model {
  /** Uses the model as a layer: its weights are shared. */
  (x: SymbolicTensor | readonly SymbolicTensor[], given?: CallArguments): SymbolicTensor;
}

type Output = Tensor & { readonly [key: string]: Tensor } & readonly Tensor[];

export class Model extends Callable implements Layer {
  declare readonly name: string;
  readonly kind: 'sequential' | 'functional';
  /** What all randomness of the model follows from: starting weights, shuffling, dropout. */
  readonly seed: number;
  readonly #build: Build;
  readonly #pending: readonly Layer[];
  #network: Network | undefined;
  #compiled: Compiled | undefined;
  #compileOptions: (CompileOptions & { readonly jit?: Jit }) | undefined;
  #trainer: Trainer | undefined;
  #learns = true;

  constructor(kind: Model['kind'], { name, seed, network, build, pending = [] }: { name: string; seed: number; network?: Network; build: Build; pending?: readonly Layer[] }) {
    super((x: SymbolicTensor | readonly SymbolicTensor[], given?: CallArguments) => callSymbolic(self, x, given));
    const self: Model = this;
    nameLayer(this, name);
    this.kind = kind;
    this.seed = seed;
    this.#build = build;
    this.#pending = pending;
    this.#network = network;
  }

  // As a layer of another model.

  readonly options = {};
  readonly schema = z.strictObject({});
  readonly keras = undefined;
  get held(): ReadonlyMap<string, Layer> {
    return new Map(this.layers.map((layer, i) => [layer.name || String(i), layer]));
  }

  get trainable(): boolean {
    return this.#learns;
  }

  /** Freezes or thaws all layers. */
  set trainable(value: boolean) {
    this.#learns = value;
    for (const layer of this.layers) layer.trainable = value;
  }

  plan(inputs: readonly PlanInput[]): Plan {
    this.#network ??= this.#build(inputs);
    return planNetwork(this.name, this.#network, inputs);
  }

  run(inputs: readonly Flow[], _: Given, pass: Pass): readonly Flow[] {
    return runGraph(this.network.graph, inputs, pass);
  }

  // What it is made of.

  /** The graph and its weights. @throws ModelError before the shape of the input is known. */
  get network(): Network {
    if (this.#network) return this.#network;
    throw new ModelError(this.name, 'has no input shape yet; begin with input({ shape }), or let fit, evaluate or predict see data first');
  }

  get built(): boolean {
    return this.#network !== undefined;
  }

  /** In Keras's order, inputs left out. */
  get layers(): readonly Layer[] {
    return this.kind === 'sequential' || !this.#network ? this.#pending : this.#network.graph.layers;
  }

  get inputs(): readonly SymbolicTensor[] {
    return this.network.graph.inputs;
  }

  get outputs(): readonly SymbolicTensor[] {
    return this.network.graph.outputs;
  }

  /** The only output. @throws ModelError if there are several. */
  get output(): SymbolicTensor {
    const { outputs } = this;
    if (outputs.length !== 1) throw new ModelError(this.name, `has ${outputs.length} outputs; use outputs`);
    return outputs[0]!;
  }

  /** @throws ModelError if there is no layer of this name. */
  getLayer(name: string): Layer {
    const found = this.layers.find((layer) => layer.name === name);
    if (!found) throw new ModelError(this.name, `has no layer "${name}"${didYouMean(name, this.layers.map((layer) => layer.name))}`);
    return found;
  }

  /** The symbolic tensor that a layer's first call in this model gives: where to cut a model off. */
  outputOf(layer: string | Layer): SymbolicTensor {
    const wanted = typeof layer === 'string' ? this.getLayer(layer) : layer;
    const node = this.network.graph.nodes.find((each) => each.layer === wanted);
    if (!node) throw new ModelError(this.name, `has no call of the layer "${wanted.name}"`);
    return node.outputs[0]!;
  }

  /** Prints a table of layers, output shapes, parameters and connections. */
  summary({ print = console.log }: { readonly print?: (line: string) => void } = {}): void {
    for (const line of summaryLines(this.name, this.network)) print(line);
  }

  /** Number of parameters, those of frozen layers and moving statistics included. */
  countParams(): number {
    return countParameters(this.network.variables).total;
  }

  // Weights.

  get #saved(): readonly Variable[] {
    return this.network.variables.filter(({ spec }) => spec.saved);
  }

  /** Copies of all weights, in Keras's order; the caller disposes of them. */
  getWeights(): Tensor[] {
    return this.#saved.map(({ tensor }) => tf.clone(tensor));
  }

  /** All weights as numbers, in Keras's order. */
  readWeights(): readonly NdArray[] {
    return this.#saved.map(({ tensor }) => ({ data: (tensor.dataSync() as TypedArray).slice(), shape: tensor.shape }));
  }

  /** Sets all weights, in Keras's order. @throws ModelError, before any is set, if number or shapes differ. */
  setWeights(weights: readonly ArrayData[]): void {
    const variables = this.#saved;
    if (weights.length !== variables.length) {
      throw new ModelError('setWeights', `the model has ${variables.length} weights, got ${weights.length}; give one for each, in the order of getWeights()`);
    }
    const arrays = weights.map((each, i) => {
      const { path, spec } = variables[i]!;
      const array = toHost(`setWeights: ${path}`, each);
      const same = array.shape.length === spec.shape.length && array.shape.every((n, axis) => n === spec.shape[axis]);
      if (!same) throw new ModelError(`setWeights: ${path}`, `must have shape ${show(spec.shape)}, got ${show(array.shape)}`);
      return array;
    });
    arrays.forEach(({ data, shape }, i) => variables[i]!.replace(tf.tensor(Float32Array.from(data as TypedArray), [...shape], variables[i]!.spec.dtype)));
  }

  /** Sets the memory of stateful layers back to zero. */
  resetStates(): void {
    for (const variable of this.network.variables) {
      if (!variable.spec.saved) variable.replace(tf.zeros([...variable.spec.shape], variable.spec.dtype));
    }
  }

  // Training.

  /** Says how to learn. @throws ModelError for unknown names and options that do not fit the outputs. */
  compile(options: CompileOptions & { readonly jit?: Jit }): this {
    if (options.jit !== undefined && options.jit !== 'auto' && typeof options.jit !== 'boolean') throw new ModelError('compile', `jit must be 'auto', true or false, got ${inWords(options.jit)}`);
    this.#trainer?.dispose();
    this.#trainer = undefined;
    this.#compiled = undefined;
    this.#compileOptions = options;
    if (this.#network) this.#prepare();
    // Names and factories are checked at once, even if outputs are not known yet.
    else resolveCompile(options, Array.isArray(options.loss) ? options.loss.map((_, i) => String(i)) : ['output']);
    return this;
  }

  get compileOptions(): CompileOptions | undefined {
    return this.#compileOptions;
  }

  #prepare(): Trainer {
    if (this.#trainer) return this.#trainer;
    this.#compiled = resolveCompile(this.#compileOptions!, this.network.outputNames);
    return (this.#trainer = new Trainer(this.network, this.#compiled, this.seed));
  }

  /** What holds the optimizer's state. @throws ModelError before `compile`. */
  get trainer(): Trainer {
    return this.#trainerFor('trainer');
  }

  #trainerFor(where: string): Trainer {
    if (!this.#compileOptions) throw new ModelError(where, 'the model is not compiled; call compile({ optimizer, loss }) first');
    return this.#prepare();
  }

  /** Builds a model that was made without an input from the first data that it sees. */
  #see(where: string, x: Data | BatchStream): void {
    if (this.#network) return;
    if (isStream(x) || (typeof x === 'object' && x !== null && !Array.isArray(x) && !('shape' in x) && !ArrayBuffer.isView(x))) {
      throw new ModelError(where, 'the shape of the input is not known yet; begin the model with input({ shape })');
    }
    const { shape } = toHost(`${where}: x`, x as ArrayData);
    if (shape.length < 1 || shape[0] === 0) throw new ModelError(`${where}: x`, 'is empty; give at least one example');
    this.#network = this.#build([{ shape: sized(...(shape.length === 1 ? [1] : shape.slice(1))), dtype: 'float32', batchSize: null }]);
  }

  /**
   * Learns from data.
   * @param x - examples: a tensor, nested arrays, `{ data, shape }`; a list or record of those for several inputs; or an iterable of batches `[x, y]`.
   * @param y - targets, likewise.
   * @returns numbers of each epoch by name.
   * @throws ModelError for data that does not fit; weights are then as after the last step that succeeded.
   */
  async fit(x: Data | BatchStream, y?: Data, options: FitOptions = {}): Promise<History> {
    if (!this.#compileOptions) this.#trainerFor('fit');
    this.#see('fit', x);
    return fit(this.#trainerFor('fit'), this, x, y, options);
  }

  /** Losses and metrics over data, by name: `{ loss, accuracy }`. */
  async evaluate(x: Data | BatchStream, y?: Data, options: EvaluateOptions = {}): Promise<Logs> {
    if (!this.#compileOptions) this.#trainerFor('evaluate');
    this.#see('evaluate', x);
    return evaluate(this.#trainerFor('evaluate'), x, y, options);
  }

  /**
   * Outputs for inputs; the caller disposes of them. A model of one output gives a tensor, one of several what it was
   * made with: an array or a record.
   */
  predict(x: Data, options: PredictOptions = {}): Output {
    this.#see('predict', x);
    const { graph, inputNames } = this.network;
    const ports = graph.inputs.map(({ shape, dtype }, i) => ({ name: inputNames[i]!, shape, dtype }));
    return predict(this.network, ports, x, options) as Output;
  }

  /** One update from one batch; gives its losses and metrics. */
  async trainOnBatch(x: Data, y: Data, options: { readonly sampleWeight?: Data; readonly classWeight?: ClassWeight } = {}): Promise<Logs> {
    return this.#onBatch('trainOnBatch', x, y, options);
  }

  /** Losses and metrics of one batch. */
  async testOnBatch(x: Data, y: Data, options: { readonly sampleWeight?: Data } = {}): Promise<Logs> {
    return this.#onBatch('testOnBatch', x, y, options);
  }

  #onBatch(where: 'trainOnBatch' | 'testOnBatch', x: Data, y: Data, weights: { sampleWeight?: Data; classWeight?: ClassWeight }): Logs {
    if (!this.#compileOptions) this.#trainerFor(where);
    this.#see(where, x);
    const trainer = this.#trainerFor(where);
    trainer.refresh();
    const data = readDataset({ where, network: trainer.network, compiled: trainer.compiled, ports: trainer.ports }, x, y, weights);
    const batch = takeBatch(data, Uint32Array.from({ length: data.length }, (_, i) => i), trainer.ports);
    const run = trainer.run(batch);
    try {
      if (where === 'trainOnBatch') run.train(batch);
      else run.test(batch);
      return run.logs();
    } finally {
      run.dispose();
      disposeBatch(batch);
    }
  }

  /** Saves the model: architecture, weights, and what `compile` and training left. The ending says the format: `.keras`. */
  async save(path: string): Promise<void> {
    // Loaded when needed: formats bring an HDF5 library along.
    const { saveModel } = await import('../formats/save.ts');
    await saveModel(this, path);
  }

  /** Lets go of weights and optimizer state. Weights that another model shares stay. */
  dispose(): void {
    this.#trainer?.dispose();
    this.#trainer = undefined;
    for (const variable of this.#network?.variables ?? []) variable.release();
    this.#network = undefined;
  }
}

/** `'auto'` compiles training steps where that works, `true` makes it an error where it does not, `false` never does. */
export type Jit = boolean | 'auto';

