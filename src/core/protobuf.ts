/** Writes the wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding): a message is the bytes of its fields. */

/** Bytes of a field, or of fields one after the other. */
export type Fields = Uint8Array;

const encoder = new TextEncoder();

export function join(parts: readonly Fields[]): Fields {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A whole number in as many bytes as it needs. */
export const varintBytes = (value: number): Uint8Array => Uint8Array.from(varint(value));

function varint(value: number): number[] {
  // Negative numbers are sent as 64 bits of two's complement.
  if (value < 0 || value > Number.MAX_SAFE_INTEGER) return longVarint(BigInt.asUintN(64, BigInt(value)));
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

function longVarint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

/** Kinds of fields on the wire. */
const asVarint = 0;
const as64Bits = 1;
const asBytes = 2;
const as32Bits = 5;

const tag = (field: number, kind: number) => varint(field * 8 + kind);

export const integer = (field: number, value: number): Fields => Uint8Array.from([...tag(field, asVarint), ...varint(value)]);
export const flag = (field: number, value: boolean): Fields => integer(field, Number(value));
export const float = (field: number, value: number): Fields => Uint8Array.from([...tag(field, as32Bits), ...new Uint8Array(Float32Array.of(value).buffer)]);
export const double = (field: number, value: number): Fields => Uint8Array.from([...tag(field, as64Bits), ...new Uint8Array(Float64Array.of(value).buffer)]);
/** A whole number from 0 to 2³² − 1, in four bytes. */
export const fixed32 = (field: number, value: number): Fields => Uint8Array.from([...tag(field, as32Bits), ...new Uint8Array(Uint32Array.of(value).buffer)]);
export const bytes = (field: number, value: Uint8Array): Fields => join([Uint8Array.from([...tag(field, asBytes), ...varint(value.length)]), value]);
/** A field of bytes that come in parts: large ones are not copied. */
export const parted = (field: number, parts: readonly Fields[]): readonly Fields[] => [Uint8Array.from([...tag(field, asBytes), ...varint(parts.reduce((sum, part) => sum + part.length, 0))]), ...parts];
export const text = (field: number, value: string): Fields => bytes(field, encoder.encode(value));
export const message = (field: number, ...fields: readonly Fields[]): Fields => bytes(field, join(fields));
/** A list of integers in one field. */
export const integers = (field: number, values: readonly number[]): Fields => bytes(field, Uint8Array.from(values.flatMap(varint)));
/** A list of doubles in one field. */
export const doubles = (field: number, values: readonly number[]): Fields => bytes(field, new Uint8Array(Float64Array.from(values).buffer));
