import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readIdx } from '../../datasets/idx.ts';
import { ModelError } from '../../src/core/errors.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

test.each([
  ['bytes', '00000802 00000002 00000003 010203fdfeff', Uint8Array.of(1, 2, 3, 253, 254, 255), [2, 3]],
  ['signed bytes', '00000901 00000002 7f80', Int8Array.of(127, -128), [2]],
  ['16-bit integers', '00000b01 00000002 0102ffff', Int16Array.of(258, -1), [2]],
  ['32-bit integers', '00000c01 00000001 fffffffe', Int32Array.of(-2), [1]],
  ['32-bit floats', '00000d01 00000001 3fc00000', Float32Array.of(1.5), [1]],
  ['64-bit floats', '00000e01 00000001 c004000000000000', Float64Array.of(-2.5), [1]],
])('reads %s', (_, hex, data, shape) => {
  expect(readIdx('t', bytes(hex))).toEqual({ data, shape });
});

test('the numbers are a copy', () => {
  const file = bytes('00000801 00000001 07');
  const { data } = readIdx('t', Buffer.from(file.buffer));
  file[8] = 9;
  expect([...data]).toEqual([7]);
  expect(data.byteOffset).toBe(0);
});

test.each([
  ['', '0 bytes, shorter than the header'],
  ['1f8b0808 00000000', 'it begins with 0x1f8b0808; expected 0x0000, a type from 08 to 0e and the number of axes'],
  ['00000a01 00000001 00', 'it begins with 0x00000a01'],
  ['00000800', '0 axes in 4 bytes'],
  ['00000803 00000001', '3 axes in 8 bytes'],
  ['00000802 00000002 00000003 0102030405', 'a header for [2, 3] numbers of 1 bytes calls for 18 bytes, the file has 17'],
  ['00000801 00000001 0102', 'calls for 9 bytes, the file has 10'],
  ['00000804 ffffffff ffffffff ffffffff ffffffff 00', 'the file has 21'],
])('refuses %j', (hex, words) => {
  expect(() => readIdx('digits', bytes(hex))).toThrow(`digits: not an IDX file: ${words}`.split(': not')[0]);
  expect(() => readIdx('digits', bytes(hex))).toThrow(words);
});

test('any bytes are read or refused in words', () => {
  const header = fc.tuple(fc.constantFrom(8, 9, 11, 12, 13, 14, 15), fc.integer({ min: 0, max: 3 }));
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 40 }), ([type, axes], rest) => {
      try {
        const { data, shape } = readIdx('t', Uint8Array.of(0, 0, type, axes, ...rest));
        expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
      }
    }),
  );
});
