/**
 * ONNX's messages, as far as an inference graph needs them. Field numbers and types: onnx/onnx.proto of ONNX (Apache-2.0), IR version 8.
 * Bytes come in pieces, so that the numbers of a large model are not copied once for each message around them.
 */
import { parted, float, integer, integers, join, message, text, type Fields } from '../../core/protobuf.ts';

/** ONNX's numbers for types of elements. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof elementTypes;

/** A tensor that the file holds. */
export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array | BigInt64Array;
}

export type Attribute = number | string | readonly number[] | { readonly float: number } | { readonly tensor: Initializer };

export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  /** Names; an empty one stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** An end of the graph. A size that is open goes by a name. */
export interface End {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly End[];
  readonly outputs: readonly End[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly Initializer[];
}

/** Since 2022: read by ONNX Runtime from 1.12 on, and by all that is younger. */
const opset = 17;
const irVersion = 8;

const tensor = (field: number, { name, type, shape, data }: Initializer): readonly Fields[] => {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return parted(field, [integers(1, shape), integer(2, elementTypes[type]), text(8, name), ...parted(9, [raw])]);
};

function attribute(name: string, value: Attribute): Fields {
  const [content, kind] = typeof value === 'number' ? [integer(3, value), 2]
    : typeof value === 'string' ? [text(4, value), 3]
    : Array.isArray(value) ? [integers(8, value as readonly number[]), 7]
    : 'float' in value ? [float(2, value.float), 1]
    : [join(tensor(5, (value as { readonly tensor: Initializer }).tensor)), 4];
  return message(5, text(1, name), content, integer(20, kind));
}

const node = ({ op, name, inputs, outputs, attributes }: OnnxNode): Fields => message(1,
  ...inputs.map((each) => text(1, each)), ...outputs.map((each) => text(2, each)), text(3, name), text(4, op),
  ...Object.entries(attributes).map(([key, value]) => attribute(key, value)));

const end = (field: number, { name, type, shape }: End): Fields => message(field, text(1, name),
  message(2, message(1, integer(1, elementTypes[type]), message(2, ...shape.map((size) => message(1, typeof size === 'number' ? integer(1, size) : text(2, size)))))));

/** A file, in pieces. */
export function encodeModel({ name, inputs, outputs, nodes, initializers }: OnnxGraph): readonly Uint8Array[] {
  return [
    integer(1, irVersion), text(2, 'ibex'), message(8, integer(2, opset)),
    ...parted(7, [
      ...nodes.map(node), text(2, name), ...initializers.flatMap((each) => tensor(5, each)),
      ...inputs.map((each) => end(11, each)), ...outputs.map((each) => end(12, each)),
    ]),
  ];
}
