/**
 * Runs a computation on the native engine without computing what follows from its inputs: meanwhile the addon that the backend calls is one that
 * writes down what it is asked for, and answers with numbers for tensors to come. It can be computed afterwards, with turns for others in between.
 */
import type { Phases } from '../../../core/phases.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import type { NativeBinding, OpAttribute, TensorMetadata } from '../ops.ts';
import { backendInUse, type Backend, type Entry } from './backend.ts';
import { asBytes, contentOf } from './encode.ts';
import { sessionAddon } from './sessionAddon.ts';
import { formsOf, type Form, type Given } from './shapes.ts';
import { share } from './tensors.ts';
import { sizeOf } from './work.ts';

/** What a computation does, in order. */
export type Event =
  /** An operation. Inputs and outputs are numbers of tensors, present or to come. */
  | { readonly kind: 'operation'; readonly op: string; readonly attributes: readonly OpAttribute[]; readonly inputs: readonly number[]; readonly outputs: readonly TensorMetadata[]; done: boolean }
  /** Numbers become a tensor; those of `content`, unless they are text. */
  | { readonly kind: 'made'; readonly id: number; readonly form: Form; readonly content: Uint8Array | undefined }
  /** It uses a tensor that was there before and is none of the inputs. */
  | { readonly kind: 'found'; readonly id: number; readonly form: Form }
  /** It uses a variable. */
  | { readonly kind: 'variable'; readonly name: string }
  /** It looks at numbers that follow from the inputs. */
  | { readonly kind: 'read' }
  /** It runs a model of TensorFlow's own. */
  | { readonly kind: 'model' }
  /** A tensor to come is let go of. */
  | { readonly kind: 'dropped'; readonly id: number };

interface Known extends Form {
  /** Whether it follows from an input. */
  readonly varies: boolean;
  content?: Uint8Array | undefined;
}

/** TensorFlow's own numbers are of 32 bits: none of these is one, and the addon takes none of these for one. */
const firstToCome = 2 ** 31;
/** Elements of whole numbers that may say a shape: windows of all axes, and more. */
const mayTellShape = 64;
/** Milliseconds of a stretch. */
const patience = 25;

export class Deferral {
  readonly events: Event[] = [];
  /** The inputs' numbers. */
  readonly inputs: readonly number[];
  readonly #backend: Backend;
  readonly #binding: NativeBinding;
  readonly #known = new Map<number, Known>();
  /** Tensors that have come, by the numbers that stood for them. */
  readonly #come = new Map<number, number>();
  /** What operations to come use, by their numbers: ours to hold, for those may be let go of before. */
  readonly #pinned = new Map<number, number>();
  /** What the backend knows of tensors to come that nobody has dropped. */
  readonly #waiting = new Map<number, Entry | undefined>();
  #next = firstToCome;
  /** Events that have been carried out, or were tried. */
  #done = 0;
  /** Whether one failed: what follows lacks its outputs. */
  #failed = false;

  constructor(backend: Backend, inputs: readonly Tensor[]) {
    this.#backend = backend;
    this.#binding = backend.binding;
    this.inputs = backend.getInputTensorIds(inputs);
    this.inputs.forEach((id, i) => this.#find(id, inputs[i]!, true));
  }

  #find(id: number, { dataId, shape }: Tensor, varies: boolean): Form {
    const form = { dtype: this.#backend.tensorMap.get(dataId).dtype, shape };
    this.#known.set(id, { ...form, varies });
    return form;
  }

  #varies(id: number): boolean {
    return this.#known.get(id)?.varies ?? false;
  }

  #present(id: number): number {
    return this.#come.get(id) ?? this.#pinned.get(id) ?? id;
  }

  /** Holds a tensor, if it is there, until the end. */
  pin(id: number): void {
    if (id < firstToCome && !this.#pinned.has(id)) this.#pinned.set(id, share(this.#binding, id, this.#known.get(id)!.dtype));
  }

  /** The numbers of a tensor that does not vary and has been pinned, or is still there. */
  read(id: number): Uint8Array {
    return asBytes(this.#binding.tensorDataSync(this.#present(id)));
  }

  #given(id: number): Given {
    const known = this.#known.get(id)!;
    const { dtype, shape, varies } = known;
    if (varies || sizeOf(shape) > mayTellShape) return { dtype, shape, content: undefined };
    if (dtype === this.#binding.TF_INT32) known.content ??= this.read(id);
    return { dtype, shape, content: dtype === this.#binding.TF_INT32 || dtype === this.#binding.TF_INT64 ? known.content : undefined };
  }

  #operation(op: string, attributes: readonly OpAttribute[], inputs: readonly number[], count: number): TensorMetadata[] {
    const varies = inputs.some((id) => this.#varies(id));
    const forms = varies ? formsOf(this.#binding, op, attributes, inputs.map((id) => this.#given(id))) : undefined;
    const isPutOff = forms?.length === count;
    // Who writes the operation down wants the numbers of those that do not vary.
    if (varies) for (const id of inputs) if (isPutOff || !this.#varies(id)) this.pin(id);
    let outputs: TensorMetadata[];
    if (isPutOff) outputs = forms.map(({ dtype, shape }) => ({ id: this.#next++, dtype, shape: [...shape] }));
    else {
      if (varies) this.#catchUp();
      outputs = this.#binding.executeOp(op, attributes, inputs.map((id) => this.#present(id)), count);
    }
    for (const { id, dtype, shape } of outputs) {
      this.#known.set(id, { dtype, shape, varies });
      if (isPutOff) this.#waiting.set(id, undefined);
    }
    this.events.push({ kind: 'operation', op, attributes, inputs, outputs, done: !isPutOff });
    return outputs;
  }

  #make(shape: readonly number[], dtype: number, values: ArrayLike<number> | Uint8Array[]): number {
    const id = this.#binding.createTensor(shape, dtype, values);
    const form = { dtype, shape: [...shape] };
    const content = contentOf(this.#binding, dtype, values);
    this.#known.set(id, { ...form, varies: false, content });
    this.events.push({ kind: 'made', id, form, content });
    return id;
  }

  #drop(id: number): void {
    this.#waiting.delete(id);
    if (id < firstToCome) this.#binding.deleteTensor(id);
    else this.events.push({ kind: 'dropped', id });
  }

  #carryOut(event: Event): void {
    if (event.kind === 'dropped') {
      const come = this.#come.get(event.id);
      if (come !== undefined) this.#binding.deleteTensor(come);
      return;
    }
    if (event.kind !== 'operation' || event.done) return;
    const { op, attributes, inputs, outputs } = event;
    this.#failed = true;
    this.#binding.executeOp(op, attributes, inputs.map((id) => this.#present(id)), outputs.length).forEach(({ id }, i) => this.#come.set(outputs[i]!.id, id));
    this.#failed = false;
    event.done = true;
  }

  /** Computes what has been put off so far. */
  #catchUp(): void {
    while (this.#done < this.events.length) this.#carryOut(this.events[this.#done++]!);
  }

  /** The addon with what it is asked for written down. Its own members cannot be set. */
  get #observed(): NativeBinding {
    const binding = this.#binding;
    return {
      ...(Object.fromEntries(Object.getOwnPropertyNames(binding).map((name) => [name, binding[name as keyof NativeBinding]])) as unknown as NativeBinding),
      createTensor: (shape, dtype, values) => this.#make(shape, dtype, values),
      deleteTensor: (id) => this.#drop(id),
      executeOp: (op, attributes, inputs, count) => this.#operation(op, attributes, inputs, count),
      tensorDataSync: (id) => {
        if (this.#varies(id)) this.#catchUp();
        return binding.tensorDataSync(this.#present(id));
      },
      runSavedModel: (model, inputs, inputNames, outputNames) => {
        this.events.push({ kind: 'model' });
        this.#catchUp();
        return binding.runSavedModel(model, inputs.map((id) => this.#present(id)), inputNames, outputNames);
      },
    };
  }

  /** Runs a computation. What it gives back may still be to come. */
  run<T>(compute: () => T): T {
    const backend = this.#backend;
    const { getInputTensorIds, createOutputTensor, readSync, tensorMap } = backend;
    Object.assign(backend, {
      binding: this.#observed,
      getInputTensorIds: (tensors: readonly Tensor[]) => {
        for (const tensor of tensors) if (tensor instanceof tf.Variable) this.events.push({ kind: 'variable', name: tensor.name });
        const ids = getInputTensorIds.call(backend, tensors);
        ids.forEach((id, i) => {
          if (!this.#known.has(id)) this.events.push({ kind: 'found', id, form: this.#find(id, tensors[i]!, false) });
        });
        return ids;
      },
      createOutputTensor: (metadata: TensorMetadata) => {
        const tensor = createOutputTensor.call(backend, metadata);
        if (this.#waiting.has(metadata.id)) this.#waiting.set(metadata.id, tensorMap.get(tensor.dataId));
        return tensor;
      },
      readSync: (dataId: Tensor['dataId']) => {
        if (this.#varies(tensorMap.get(dataId).id)) this.events.push({ kind: 'read' });
        return readSync.call(backend, dataId);
      },
    });
    try {
      return compute();
    } finally {
      // The methods are the class's again.
      const own = backend as Partial<Backend>;
      delete own.getInputTensorIds;
      delete own.createOutputTensor;
      delete own.readSync;
      Object.assign(backend, { binding: this.#binding });
    }
  }

  /** Computes what was put off. */
  *compute(): Phases<void> {
    for (let since = performance.now(); this.#done < this.events.length; ) {
      this.#carryOut(this.events[this.#done++]!);
      if (performance.now() - since < patience) continue;
      yield;
      since = performance.now();
    }
  }

  /** Lets go of everything but of what is still in use, which is computed if it has not been. */
  end(): void {
    if (this.#waiting.size > 0 && !this.#failed) this.#catchUp();
    for (const [id, entry] of this.#waiting) {
      const come = this.#come.get(id);
      if (entry) entry.id = come ?? -1;
      else if (come !== undefined) this.#binding.deleteTensor(come);
    }
    for (const event of this.events.slice(this.#done)) if (event.kind === 'dropped') this.#carryOut(event);
    for (const id of this.#pinned.values()) this.#binding.deleteTensor(id);
  }
}

/** Computes eagerly, one operation after another, in stretches. */
export function* inPhases(inputs: readonly Tensor[], compute: () => readonly Tensor[]): Phases<readonly Tensor[]> {
  // Without it nothing can be put off.
  if (!sessionAddon()) return compute();
  const deferral = new Deferral(backendInUse(), inputs);
  try {
    const results = deferral.run(compute);
    yield;
    yield* deferral.compute();
    return results;
  } finally {
    deferral.end();
  }
}
