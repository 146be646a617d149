/** What the addon is given, as a graph has it. */
import type { NativeBinding, OpAttribute } from '../ops.ts';
import { attr, type AttrValue } from './graph.ts';

export const asBytes = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();

/** Bytes of a tensor that the addon is asked to make; `undefined` where it is not made of numbers. */
export function contentOf(binding: NativeBinding, dtype: number, values: ArrayLike<number> | readonly Uint8Array[]): Uint8Array | undefined {
  if (ArrayBuffer.isView(values)) return asBytes(values);
  const numbers = values as ArrayLike<number>;
  switch (dtype) {
    case binding.TF_FLOAT: return asBytes(Float32Array.from(numbers));
    case binding.TF_INT32: return asBytes(Int32Array.from(numbers));
    case binding.TF_BOOL: return Uint8Array.from(numbers);
    default: return undefined;
  }
}

/** An attribute of an eager call as a node has it. */
export function encodeAttribute(binding: NativeBinding, { name, type, value }: OpAttribute): AttrValue {
  const list = Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as readonly number[]) : undefined;
  switch (type) {
    case binding.TF_ATTR_STRING: return attr.string(value as string);
    case binding.TF_ATTR_INT: return list ? attr.ints(list) : attr.int(value as number);
    case binding.TF_ATTR_FLOAT: return list ? attr.floats(list) : attr.float(value as number);
    case binding.TF_ATTR_BOOL: return list ? attr.bools(list.map(Boolean)) : attr.bool(Boolean(value));
    case binding.TF_ATTR_TYPE: return list ? attr.types(list) : attr.type(value as number);
    case binding.TF_ATTR_SHAPE: return attr.shape(list!);
    default: throw new Error(`attribute ${name} is of a kind that graphs are not written with`);
  }
}
