/** A model: layers that can be compiled, fitted, evaluated, asked and saved. */
import { inWords, ModelError } from '../core/errors.ts';
import type { JsonObject } from '../core/keras.ts';
import type { SymbolicTensor } from '../core/symbolic.ts';
import type { Tensor } from '../core/tensor.ts';
import type { BatchStream } from '../training/batches.ts';
import { resolveCompile, type CompileOptions } from '../training/compile.ts';
import { applyGradients, gradientsOf, passThrough, type CallOptions, type Gradients } from '../training/custom.ts';
import type { Data } from '../training/dataset.ts';
import { evaluate, type EvaluateOptions } from '../training/evaluate.ts';
import { fit, type FitOptions } from '../training/fit.ts';
import { onBatch, type BatchOptions } from '../training/onBatch.ts';
import { Predictor, type PredictOptions } from '../training/predict.ts';
import type { Logs } from '../training/tallies.ts';
import { Trainer } from '../training/trainer.ts';
import type { History } from '../training/callbacks/history.ts';
import { Composition } from './composition.ts';
import { describe } from './describe.ts';
import { portsOf } from './network.ts';
import type { Structured } from './structure.ts';

/** What `predict` gives for outputs that a model was made with: a tensor for one, else an array or a record of them. */
export type Outputs<O> = O extends SymbolicTensor ? Tensor : { -readonly [K in keyof O]: Tensor };
type Predictions = Tensor | Tensor[] | Record<string, Tensor>;
/** Outputs of a model of which the types do not say how many it has, such as one from a file. */
export type AnyOutput = Tensor & { readonly [key: string]: Tensor } & Tensor[];

export class Model<O = Predictions> extends Composition {
  #compileOptions: CompileOptions | undefined;
  #trainer: Trainer | undefined;
  #predictor: Predictor | undefined;
  #fitting = false;
  /** Passes of `call` while training: what seeds count. */
  #passes = 0;

  /** Says how to learn. @throws ModelError for unknown names and options that do not fit the outputs; an earlier compilation then stays. */
  compile(options: CompileOptions): this {
    if (typeof options !== 'object' || options === null) throw new ModelError('compile', `takes { optimizer, loss }, got ${inWords(options)}`);
    this.#refuseWhileFitting('compile');
    const trainer = this.built || this.disposed ? this.#train(options) : undefined;
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
    if (x !== undefined) this.see(where, x);
    return (this.#trainer ??= this.#train(this.#compileOptions));
  }

  /** Two fits would undo one another's steps; one would go on with weights or an optimizer that are gone. */
  #refuseWhileFitting(where: string): void {
    if (this.#fitting) throw new ModelError(where, 'the model is being fitted; await fit() before, or stop it with training.stop() in a callback');
  }

  /**
   * Learns from data.
   * @param x - examples: a tensor, nested arrays, `{ data, shape }`; a list or record of those for several inputs; or an iterable of batches `[x, y]`.
   * @param y - targets, likewise.
   * @returns numbers of each epoch by name.
   * @throws ModelError for data that does not fit; weights are then as after the last step that succeeded.
   */
  async fit(x: Data | BatchStream, y?: Data, options: FitOptions = {}): Promise<History> {
    this.#refuseWhileFitting('fit');
    this.#fitting = true;
    try {
      return await fit(this.#trainerFor('fit', x), this, x, y, options);
    } finally {
      this.#fitting = false;
    }
  }

  /** Losses and metrics over data, by name: `{ loss, accuracy }`. */
  async evaluate(x: Data | BatchStream, y?: Data, options: EvaluateOptions = {}): Promise<Logs> {
    return evaluate(this.#trainerFor('evaluate', x), x, y, options);
  }

  /**
   * Outputs for inputs; the caller disposes of them. A model of one output gives a tensor, one of several what it was
   * made with: an array or a record.
   */
  predict(x: Data, options?: PredictOptions): O {
    if (this.#predictor === undefined) {
      this.see('predict', x);
      this.#predictor = new Predictor(this.network, portsOf(this.network));
    }
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
  override call(x: Structured<Tensor>, options: CallOptions = {}): O {
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

  /**
   * Saves the model: architecture, weights, and what `compile` and training left. The ending says the format: `.keras`, which Keras reads too;
   * `.weights.h5` for weights alone; `model.json` for tf.layers.
   */
  async save(path: string): Promise<void> {
    // Loaded when needed: most programs save nothing.
    const { saveModel } = await import('../formats/save.ts');
    await saveModel(this as unknown as Model, path);
  }

  /**
   * Writes what `predict` computes for other programs to run: a file that ends in `.onnx` for ONNX Runtime and its likes; a folder becomes a SavedModel of
   * TensorFlow, for `tf.saved_model.load`, Keras's `TFSMLayer`, TensorFlow Serving and tfjs-node. Either takes any number of examples. To go on with the
   * model in ibex or Keras, use `save`.
   * @throws ModelError for layers that cannot be exported, by name; then nothing is written.
   */
  async export(path: string): Promise<void> {
    const { exportModel } = await import('../formats/export.ts');
    await exportModel(this as unknown as Model, path);
  }

  /** Saves the weights alone, and the optimizer's state, as Keras's `save_weights`: the ending is `.weights.h5`. */
  async saveWeights(path: string): Promise<void> {
    const { saveWeights } = await import('../formats/weights.ts');
    await saveWeights(this as unknown as Model, path);
  }

  /**
   * Sets all weights from a file of this architecture: `.weights.h5`, or a whole model in `.keras` or `.h5`. A compiled model takes over the
   * optimizer's state too, where the file has that of the same optimizer.
   * @throws ModelError, before any weight is set, for a file of another architecture, or that is missing, broken or foreign.
   */
  async loadWeights(path: string): Promise<void> {
    const { loadWeights } = await import('../formats/weights.ts');
    await loadWeights(this as unknown as Model, path);
  }

  /** The architecture without the weights, as plain data: what `modelFromJSON` and Keras's `model_from_json` make a model of. */
  toJSON(): JsonObject {
    return describe(this as unknown as Model);
  }

  /** Lets go of weights and optimizer state. Weights that another model shares stay. */
  override dispose(): void {
    this.#refuseWhileFitting('dispose');
    this.#trainer?.dispose();
    this.#trainer = undefined;
    this.#predictor?.dispose();
    this.#predictor = undefined;
    super.dispose();
  }
}
