/** A model: a graph of layers that can be compiled, fitted, evaluated, asked, saved, and used as a layer of another. */
import { z } from 'zod';
import type { NdArray } from '../core/array.ts';
import { didYouMean, inWords, ModelError } from '../core/errors.ts';
import { callSymbolic, nameLayer, type Flow, type Given, type Layer, type Pass, type Plan, type PlanInput } from '../core/layer.ts';
import type { CallArguments, SymbolicTensor } from '../core/symbolic.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import type { BatchStream } from '../training/batches.ts';
import { resolveCompile, type CompileOptions } from '../training/compile.ts';
import { applyGradients, gradientsOf, passThrough, type CallOptions, type Gradients } from '../training/custom.ts';
import type { ArrayData } from '../training/data.ts';
import type { Data } from '../training/dataset.ts';
import { evaluate, type EvaluateOptions } from '../training/evaluate.ts';
import { firstInput } from '../training/firstInput.ts';
import { fit, type FitOptions } from '../training/fit.ts';
import { onBatch, type BatchOptions } from '../training/onBatch.ts';
import { Predictor, type PredictOptions } from '../training/predict.ts';
import type { Logs } from '../training/tallies.ts';
import { Trainer } from '../training/trainer.ts';
import type { History } from '../training/callbacks/history.ts';
import { Callable } from './callable.ts';
import { runGraph } from './forward.ts';
import { makeNetwork, planNetwork, portsOf, type Drawing, type Network } from './network.ts';
import type { Structured } from './structure.ts';
import { countParameters, summaryLines } from './summary.ts';
import { readVariables, resetMemory, savedVariables, setVariables } from './weights.ts';

/** What `predict` gives for outputs that a model was made with: a tensor for one, else an array or a record of them. */
export type Outputs<O> = O extends SymbolicTensor ? Tensor : { -readonly [K in keyof O]: Tensor };
type Predictions = Tensor | Tensor[] | Record<string, Tensor>;
/** Outputs of a model of which the types do not say how many it has, such as one from a file. */
export type AnyOutput = Tensor & { readonly [key: string]: Tensor } & Tensor[];

interface Making {
  readonly name: string;
  readonly seed: number;
  readonly drawing: Drawing | undefined;
  /** Draws the model once the shapes of its inputs are known. */
  readonly build: (inputs: readonly PlanInput[]) => Drawing;
  /** Layers of a model that is not drawn yet. */
  readonly pending?: readonly Layer[];
}

export interface Model<O = Predictions> {
  /** Uses the model as a layer: its weights are shared. */
  (x: SymbolicTensor | readonly SymbolicTensor[], given?: CallArguments): SymbolicTensor;
}

export class Model<O = Predictions> extends Callable implements Layer {
  declare readonly name: string;
  readonly kind: 'sequential' | 'functional';
  /** What all randomness of the model follows from: starting weights, shuffling, dropout. */
  readonly seed: number;
  readonly #making: Making;
  #drawing: Drawing | undefined;
  #network: Network | undefined;
  #compileOptions: CompileOptions | undefined;
  #trainer: Trainer | undefined;
  #predictor: Predictor | undefined;
  #learns = true;
  #disposed = false;
  /** Weights that it has drawn, and passes of `call` while training: what seeds count. */
  #draws = 0;
  #passes = 0;

  constructor(kind: Model['kind'], making: Making) {
    super((x: SymbolicTensor | readonly SymbolicTensor[], given?: CallArguments) => callSymbolic(self, x, given));
    const self: Model<O> = this;
    nameLayer(this, making.name);
    this.kind = kind;
    this.seed = making.seed;
    this.#making = making;
    this.#drawing = making.drawing;
    // Weights that cannot be made are an error at once.
    if (this.#drawing) void this.network;
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
    // The model around it makes the weights of a stack that has seen no data, by its own seed.
    this.#drawing ??= this.#making.build(inputs);
    return planNetwork(this.name, this.#drawing, inputs);
  }

  run(inputs: readonly Flow[], _: Given, pass: Pass): readonly Flow[] {
    return runGraph(this.#drawing!.graph, inputs, pass);
  }

  // What it is made of.

  /** The graph and its weights. @throws ModelError before the shape of the input is known, and after `dispose()`. */
  get network(): Network {
    if (this.#disposed) throw new ModelError(this.name, 'was disposed of; make it anew');
    if (!this.#drawing) throw new ModelError(this.name, 'has no input shape yet; begin with input({ shape }), or let fit, evaluate or predict see data first');
    return (this.#network ??= makeNetwork(this.#drawing, { seed: this.seed, next: () => this.#draws++ }));
  }

  get built(): boolean {
    return this.#drawing !== undefined;
  }

  /** In Keras's order, inputs left out. */
  get layers(): readonly Layer[] {
    return this.#making.pending ?? this.#drawing!.graph.layers;
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

  /** Copies of all weights, in Keras's order; the caller disposes of them. */
  getWeights(): Tensor[] {
    return savedVariables(this.network.variables).map(({ tensor }) => tf.clone(tensor));
  }

  /** All weights as numbers, in Keras's order. */
  readWeights(): readonly NdArray[] {
    return readVariables(savedVariables(this.network.variables));
  }

  /** Sets all weights, in Keras's order. @throws ModelError, before any is set, if number or shapes differ. */
  setWeights(weights: readonly ArrayData[]): void {
    setVariables(savedVariables(this.network.variables), weights);
  }

  /** Sets the memory of stateful layers back to its start. */
  resetStates(): void {
    resetMemory(this.network.variables);
  }

  // Training.

  /** Says how to learn. @throws ModelError for unknown names and options that do not fit the outputs; an earlier compilation then stays. */
  compile(options: CompileOptions): this {
    if (typeof options !== 'object' || options === null) throw new ModelError('compile', `takes { optimizer, loss }, got ${inWords(options)}`);
    const trainer = this.#drawing || this.#disposed ? this.#train(options) : undefined;
    // Names and factories are checked at once, even if outputs are not known yet.
    if (!trainer) resolveCompile(options);
    this.#trainer?.dispose();
    this.#trainer = trainer;
    this.#compileOptions = options;
    return this;
  }

  get compileOptions(): CompileOptions | undefined {
    return this.#compileOptions;
  }

  #train(options: CompileOptions): Trainer {
    return new Trainer(this.network, resolveCompile(options, this.network.outputNames), this.seed);
  }

  /** What holds the optimizer's state. @throws ModelError before `compile`. */
  get trainer(): Trainer {
    return this.#trainerFor('trainer');
  }

  /** `x`: what builds a model that was made without an input. */
  #trainerFor(where: string, x?: Data | BatchStream): Trainer {
    if (!this.#compileOptions) throw new ModelError(where, 'the model is not compiled; call compile({ optimizer, loss }) first');
    if (x !== undefined) this.#see(where, x);
    return (this.#trainer ??= this.#train(this.#compileOptions));
  }

  #see(where: string, x: Data | BatchStream): void {
    if (!this.#disposed) this.#drawing ??= this.#making.build([firstInput(where, x)]);
  }

  /**
   * Learns from data.
   * @param x - examples: a tensor, nested arrays, `{ data, shape }`; a list or record of those for several inputs; or an iterable of batches `[x, y]`.
   * @param y - targets, likewise.
   * @returns numbers of each epoch by name.
   * @throws ModelError for data that does not fit; weights are then as after the last step that succeeded.
   */
  async fit(x: Data | BatchStream, y?: Data, options: FitOptions = {}): Promise<History> {
    return fit(this.#trainerFor('fit', x), this, x, y, options);
  }

  /** Losses and metrics over data, by name: `{ loss, accuracy }`. */
  async evaluate(x: Data | BatchStream, y?: Data, options: EvaluateOptions = {}): Promise<Logs> {
    return evaluate(this.#trainerFor('evaluate', x), x, y, options);
  }

  /**
   * Outputs for inputs; the caller disposes of them. A model of one output gives a tensor, one of several what it was
   * made with: an array or a record.
   */
  predict(x: Data, options: PredictOptions = {}): O {
    this.#see('predict', x);
    this.#predictor ??= new Predictor(this.network, portsOf(this.network));
    return this.#predictor.predict(x, options) as O;
  }

  /** One update from one batch; gives its losses and metrics. */
  async trainOnBatch(x: Data, y: Data, options: BatchOptions = {}): Promise<Logs> {
    return onBatch('trainOnBatch', this.#trainerFor('trainOnBatch', x), x, y, options);
  }

  /** Losses and metrics of one batch. */
  async testOnBatch(x: Data, y: Data, options: Omit<BatchOptions, 'classWeight'> = {}): Promise<Logs> {
    return onBatch('testOnBatch', this.#trainerFor('testOnBatch', x), x, y, options);
  }

  // Training loops of one's own.

  /**
   * Runs the model on tensors, one batch: what a loss in `gradients` is made of. Outputs come as from `predict`.
   * With `training`, dropout drops and moving statistics move.
   */
  call(x: Structured<Tensor>, options: CallOptions = {}): O {
    return passThrough(this.network, x, options, () => [this.seed, this.#passes++]) as O;
  }

  /** The value of a scalar function and its gradients by the weights that learn, in their order; the caller disposes of them, or is in `tf.tidy`. */
  gradients(loss: () => Tensor): Gradients {
    return gradientsOf(this.network, loss);
  }

  /** One update by the compiled optimizer from gradients, as `gradients` gives them. */
  applyGradients(gradients: readonly Tensor[]): void {
    applyGradients(this.#trainerFor('applyGradients'), gradients);
  }

  // Its end.

  /** Saves the model: architecture, weights, and what `compile` and training left. The ending says the format: `.keras`. */
  async save(path: string): Promise<void> {
    // Loaded when needed: formats bring an HDF5 library along.
    const { saveModel } = await import('../formats/save.ts');
    await saveModel(this as unknown as Model, path);
  }

  /** Lets go of weights and optimizer state. Weights that another model shares stay. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#trainer?.dispose();
    this.#trainer = undefined;
    this.#predictor?.dispose();
    this.#predictor = undefined;
    for (const variable of this.#network?.variables ?? []) variable.release();
  }
}
