/** The door to TensorFlow's own ops: any op that libtensorflow knows can be run on tensors of the native engine. */
import { ModelError } from '../../core/errors.ts';
import { tf, type DataType, type Tensor } from '../../core/tensor.ts';

/** An op's attribute, tagged by the kind that its OpDef declares. */
export type Attribute =
  | { type: DataType }
  | { int: number }
  | { ints: readonly number[] }
  | { float: number }
  | { bool: boolean }
  | { string: string }
  | { shape: readonly number[] };

export type Attributes = Readonly<Record<string, Attribute>>;

/** A tensor as the addon sees it: its number there, and TensorFlow's number for its type. */
export interface TensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

export interface OpAttribute {
  name: string;
  type: number;
  value: boolean | number | string | readonly number[];
}

/** The N-API addon of tfjs-node. */
export interface NativeBinding {
  createTensor(shape: readonly number[], dtype: number, values: ArrayLike<number> | Uint8Array[]): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): TensorMetadata[];
  /** @param tags - separated by commas */
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  /** @param inputNames - and `outputNames`: `operation:index`, separated by commas */
  runSavedModel(id: number, inputs: readonly number[], inputNames: string, outputNames: string): TensorMetadata[];
  getNumOfSavedModels(): number;
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_COMPLEX64: number;
  readonly TF_STRING: number;
  readonly TF_RESOURCE: number;
  readonly TF_UINT8: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_Version: string;
}

/** tfjs-node's backend. Every kernel of it runs through `binding.executeOp`. */
export type NativeBackend = InstanceType<typeof tf.KernelBackend> & {
  binding: NativeBinding;
  readonly isUsingGpuDevice: boolean;
  /** Numbers of the tensors in the addon, in order; hands over to TensorFlow what was still a JavaScript array. */
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  /** A tfjs tensor for what an op has put out. */
  createOutputTensor(metadata: TensorMetadata): Tensor;
};

/** The native backend, if it has been loaded. */
export const findNativeBackend = (): NativeBackend | undefined => (tf.findBackend('tensorflow') as NativeBackend | null) ?? undefined;

/** The native backend. @throws ModelError if it does not run in this process. */
export function nativeBackend(): NativeBackend {
  const backend = findNativeBackend();
  if (!backend) throw new ModelError('native engine', 'not loaded: `await setBackend("native")` first');
  return backend;
}

/** TensorFlow's number for a tfjs type. */
export function typeNumber(binding: NativeBinding, type: DataType): number {
  switch (type) {
    case 'float32': return binding.TF_FLOAT;
    case 'int32': return binding.TF_INT32;
    case 'bool': return binding.TF_BOOL;
    case 'complex64': return binding.TF_COMPLEX64;
    case 'string': return binding.TF_STRING;
  }
}

function toOpAttribute(binding: NativeBinding, name: string, attribute: Attribute): OpAttribute {
  if ('type' in attribute) return { name, type: binding.TF_ATTR_TYPE, value: typeNumber(binding, attribute.type) };
  if ('int' in attribute) return { name, type: binding.TF_ATTR_INT, value: attribute.int };
  if ('ints' in attribute) return { name, type: binding.TF_ATTR_INT, value: attribute.ints };
  if ('float' in attribute) return { name, type: binding.TF_ATTR_FLOAT, value: attribute.float };
  if ('bool' in attribute) return { name, type: binding.TF_ATTR_BOOL, value: attribute.bool };
  if ('string' in attribute) return { name, type: binding.TF_ATTR_STRING, value: attribute.string };
  return { name, type: binding.TF_ATTR_SHAPE, value: attribute.shape };
}

/**
 * Runs one TensorFlow op.
 * @param name - as TensorFlow registers it: `BiasAdd`
 * @param inputs - tensors in the order of the op's definition
 * @param outputs - how many tensors the op puts out
 * @throws Error with TensorFlow's words if it refuses the call
 */
export function runOps(name: string, inputs: readonly Tensor[], attributes: Attributes, outputs: number): Tensor[] {
  const backend = nativeBackend();
  const { binding } = backend;
  const given = Object.entries(attributes).map(([key, attribute]) => toOpAttribute(binding, key, attribute));
  return binding.executeOp(name, given, backend.getInputTensorIds(inputs), outputs).map((metadata) => backend.createOutputTensor(metadata));
}

/** {@link runOps} for an op that puts out one tensor. */
export const runOp = (name: string, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor => runOps(name, inputs, attributes, 1)[0]!;
