import { damaged, type Source } from './cursor.ts';
import { elements, readShape } from './dataspace.ts';
import { readDatatype } from './datatype.ts';
import { messageCursor, type Message } from './header.ts';
import { textBeforeZero } from './heaps.ts';
import { readValues } from './values.ts';

/** The value of an attribute: one, or a list. Integers of 64 bits are exact up to 2⁵³. */
export type Hdf5Attribute = string | number | readonly string[] | readonly number[];

/** One attribute; its value is undefined when it is of a kind that models do not use. */
export function readAttribute(source: Source, found: Message): { name: string; value: Hdf5Attribute | undefined } {
  const message = messageCursor(source, found, 'an attribute');
  const version = message.u8();
  if (version < 1 || version > 3) throw damaged(source, `an attribute of version ${version}`);
  const flags = message.u8();
  const nameSize = message.u16();
  const typeSize = message.u16();
  const spaceSize = message.u16();
  if (version === 3) message.skip(1);
  // The first version fills each part up to a multiple of eight bytes.
  const part = (size: number) => {
    const at = message.at();
    message.skip(version === 1 ? size + ((8 - (size % 8)) % 8) : size);
    return { type: 0, shared: false, at, length: size };
  };
  const name = textBeforeZero(messageCursor(source, part(nameSize), 'the name of an attribute').bytes(nameSize));
  const typePart = part(typeSize);
  const spacePart = part(spaceSize);
  // A type or a shape that stands elsewhere.
  if (version > 1 && flags & 3) return { name, value: undefined };
  const type = readDatatype(source, messageCursor(source, typePart, 'the type of an attribute'));
  const shape = readShape(source, messageCursor(source, spacePart, 'the shape of an attribute'));
  const { dtype } = type;
  if (!dtype || !shape) return { name, value: undefined };
  const values = readValues(source, { ...type, dtype }, message.bytes(elements(shape) * type.size));
  const plain = Array.isArray(values) ? values : Array.from<number | bigint, number>(values, Number);
  return { name, value: shape.length === 0 ? plain[0] : plain };
}
