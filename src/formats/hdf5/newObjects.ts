import { ModelError } from '../../core/errors.ts';
import { builder } from './builder.ts';
import { MESSAGE } from './header.ts';

/** Values for a new dataset. */
export type NewValues = Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

export type NewAttribute = string | number | readonly string[];

/** A kind of message in an object header, and its body. */
export interface NewMessage {
  readonly type: number;
  readonly body: Uint8Array;
}

/** Where a string of variable length stands: in a heap, as an object of a number. */
export interface HeapPlace {
  readonly address: number;
  readonly index: number;
  readonly length: number;
}

const float = (size: number, exponent: number, mantissa: number, bias: number) =>
  builder().u8(0x11, 0x20, size * 8 - 1, 0).u32(size).u16(0, size * 8).u8(mantissa, exponent, 0, mantissa).u32(bias).done();
const integer = (size: number, signed: boolean) => builder().u8(0x10, signed ? 8 : 0, 0, 0).u32(size).u16(0, size * 8).done();
const float64 = float(8, 11, 52, 1023);
const fixedString = (size: number) => builder().u8(0x13, 0x11, 0, 0).u32(size).done();
const variableString = builder().u8(0x19, 1, 1, 0).u32(16).bytes(integer(1, false)).done();

/** The datatype message for a typed array. */
export function datatypeOf(values: NewValues): Uint8Array {
  const size = values.BYTES_PER_ELEMENT;
  if (values instanceof Float32Array) return float(4, 8, 23, 127);
  if (values instanceof Float64Array) return float64;
  return integer(size, values instanceof Int8Array || values instanceof Int16Array || values instanceof Int32Array || values instanceof BigInt64Array);
}

export const dataspace = (shape: readonly number[]) => builder().u8(1, shape.length, 0, 0).u32(0).u64(...shape).done();

/** The header of a group or dataset. */
export function objectHeader(messages: readonly NewMessage[]): Uint8Array {
  const body = builder();
  for (const { type, body: content } of messages) {
    const length = Math.ceil(content.length / 8) * 8;
    body.u16(type, length).u32(0).bytes(content).pad();
  }
  return builder().u8(1, 0).u16(messages.length).u32(1, body.length(), 0).bytes(body.done()).done();
}

// What h5py leaves for an attribute in an object header, whose parts have at most 64 KiB (Keras: HDF5_OBJECT_HEADER_LIMIT).
const attributeLimit = 64512;

/**
 * The messages for an attribute. One string has variable length; a list of strings has a fixed length, and is split over `name0`, `name1`, ...
 * when it has more than 64,512 bytes, as Keras splits it; an empty list is one of numbers, as NumPy has it.
 */
export function attributeMessages(name: string, value: NewAttribute, place: (text: string) => HeapPlace, where: string): NewMessage[] {
  if (typeof value === 'string') {
    const { address, index, length } = place(value);
    return [attribute(name, variableString, [], builder().u32(length).u64(address).u32(index).done())];
  }
  if (typeof value === 'number') return [attribute(name, float64, [], new Uint8Array(Float64Array.of(value).buffer))];
  if (value.length === 0) return [attribute(name, float64, [0], new Uint8Array())];
  const texts = value.map((text) => new TextEncoder().encode(text));
  // HDF5 has no strings of length 0.
  const size = Math.max(1, ...texts.map(({ length }) => length));
  if (size > attributeLimit) throw new ModelError(where, `a text in "${name}" has ${size} bytes: at most ${attributeLimit} are possible, shorten it`);
  let parts = 1;
  while (Math.ceil(texts.length / parts) * size > attributeLimit) parts++;
  const messages: NewMessage[] = [];
  for (let part = 0, from = 0; part < parts; part++) {
    // The first parts have one more, as numpy.array_split has it.
    const to = from + Math.floor(texts.length / parts) + (part < texts.length % parts ? 1 : 0);
    const data = new Uint8Array((to - from) * size);
    texts.slice(from, to).forEach((text, i) => data.set(text, i * size));
    messages.push(attribute(parts === 1 ? name : `${name}${part}`, fixedString(size), [to - from], data));
    from = to;
  }
  return messages;
}

function attribute(name: string, datatype: Uint8Array, shape: readonly number[], data: Uint8Array): NewMessage {
  const encoded = new TextEncoder().encode(`${name}\0`);
  const space = dataspace(shape);
  const body = builder().u8(1, 0).u16(encoded.length, datatype.length, space.length);
  for (const part of [encoded, datatype, space]) body.bytes(part).pad();
  return { type: MESSAGE.attribute, body: body.bytes(data).done() };
}

/** Collections of strings of variable length: a place for each text, and the bytes, from an address on. */
export function stringHeap(texts: ReadonlySet<string>, start: number): { places: Map<string, HeapPlace>; bytes: Uint8Array } {
  const places = new Map<string, HeapPlace>();
  const bytes = builder();
  const waiting = [...texts].filter((text) => text !== '');
  const most = 0xffff;
  for (let first = 0; first < waiting.length; first += most) {
    const address = start + bytes.length();
    const objects = builder();
    waiting.slice(first, first + most).forEach((text, i) => {
      const encoded = new TextEncoder().encode(text);
      places.set(text, { address, index: i + 1, length: encoded.length });
      objects.u16(i + 1, 1).u32(0).u64(encoded.length).bytes(encoded).pad();
    });
    // A collection has at least 4096 bytes, and ends with an object 0: what is free.
    const size = Math.max(4096, 16 + objects.length() + 16);
    bytes.bytes([0x47, 0x43, 0x4f, 0x4c]).u8(1, 0, 0, 0).u64(size).bytes(objects.done());
    bytes.u64(0, size - 16 - objects.length()).pad(address - start + size);
  }
  return { places: places.set('', { address: 0, index: 0, length: 0 }), bytes: bytes.done() };
}
