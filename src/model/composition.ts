/** What a model is made of: layers, connections, weights. As such it can be a layer of another. */
import { z } from 'zod';
import type { NdArray } from '../core/array.ts';
import { didYouMean, inWords, ModelError } from '../core/errors.ts';
import { called, callSymbolic, isLayer, nameLayer, type Flow, type Given, type Layer, type Pass, type Plan, type PlanInput } from '../core/layer.ts';
import type { CallArguments, SymbolicTensor } from '../core/symbolic.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import type { BatchStream } from '../training/batches.ts';
import type { ArrayData } from '../training/data.ts';
import type { Data } from '../training/dataset.ts';
import { firstInput } from '../training/firstInput.ts';
import { Callable } from './callable.ts';
import { runGraph } from './forward.ts';
import { makeNetwork, planNetwork, type Drawing, type Network } from './network.ts';
import { countParameters, summaryLines } from './summary.ts';
import { variablesOf, type Variable } from './variables.ts';
import { readVariables, resetMemory, savedVariables, setVariables } from './weights.ts';

const shown: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

export interface Making {
  readonly name: string;
  readonly seed: number;
  readonly drawing: Drawing | undefined;
  /** Draws the model once the shapes of its inputs are known. */
  readonly build: (inputs: readonly PlanInput[]) => Drawing;
  /** Layers of a model that is not drawn yet. */
  readonly pending?: readonly Layer[];
}

export interface Composition {
  /** Uses the model as a layer: its weights are shared. */
  (x: SymbolicTensor | readonly SymbolicTensor[], given?: CallArguments): SymbolicTensor;
}

export abstract class Composition extends Callable implements Layer {
  declare readonly name: string;
  readonly kind: 'sequential' | 'functional';
  /** What all randomness of the model follows from: starting weights, shuffling, dropout. */
  readonly seed: number;
  readonly #making: Making;
  #drawing: Drawing | undefined;
  #network: Network | undefined;
  #learns = true;
  #disposed = false;
  /** Weights that it has drawn: what seeds count. */
  #draws = 0;

  constructor(kind: Composition['kind'], making: Making) {
    super((x: SymbolicTensor | readonly SymbolicTensor[], given?: CallArguments) => callSymbolic(self, x, given));
    const self: Composition = this;
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

  protected get disposed(): boolean {
    return this.#disposed;
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
    if (typeof name !== 'string') throw new ModelError(this.name, `finds layers by their names, got ${inWords(name)}`);
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

  /** What Node's `console.log` shows: that table, once it is known. */
  [shown](): string {
    if (this.#disposed) return `Model "${this.name}", disposed of`;
    return this.#drawing ? summaryLines(this.name, this.network).join('\n') : `Model "${this.name}", whose inputs are not known yet`;
  }

  /** Number of parameters, those of frozen layers and moving statistics included. */
  countParams(): number {
    return countParameters(this.network.variables).total;
  }

  // Weights.

  /** Those of the model, or of one of its layers, by name or itself. */
  #saved(of: string | Layer | undefined): readonly Variable[] {
    if (of === undefined) return savedVariables(this.network.variables);
    const layer = typeof of === 'string' ? this.getLayer(of) : of;
    if (!this.network.graph.layers.includes(layer)) throw new ModelError(this.name, `has no such layer, got ${isLayer(layer) ? called(layer) : inWords(layer)}; give one of model.layers, or its name`);
    return savedVariables([...new Set(variablesOf(layer))]);
  }

  /** Copies of all weights, or of one layer's, in Keras's order; the caller disposes of them. */
  getWeights(of?: string | Layer): Tensor[] {
    return this.#saved(of).map(({ tensor }) => tf.clone(tensor));
  }

  /** The same as numbers. */
  readWeights(of?: string | Layer): readonly NdArray[] {
    return readVariables(this.#saved(of));
  }

  /** What the weights are called, in Keras's order: layer and weight, as `dense/kernel`. */
  get weightNames(): readonly string[] {
    return this.#saved(undefined).map(({ path }) => path);
  }

  /** Sets all weights, or one layer's, in Keras's order. @throws ModelError, before any is set, if number or shapes differ. */
  setWeights(weights: readonly ArrayData[], of?: string | Layer): void {
    setVariables(this.#saved(of), weights, typeof of === 'string' ? `"${of}"` : of && called(of));
  }

  /** Sets the memory of stateful layers back to its start. */
  resetStates(): void {
    resetMemory(this.network.variables);
  }

  /** Draws a model that was made without an input from the first data that it meets. */
  protected see(where: string, x: Data | BatchStream): void {
    if (!this.#disposed) this.#drawing ??= this.#making.build([firstInput(where, x)]);
  }

  /** Lets go of the weights. Those that another model shares stay. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const variable of this.#network?.variables ?? []) variable.release();
  }
}
