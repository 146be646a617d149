import { crcOf } from './crc.ts';

/** The CRC-32C of RFC 3720 (Castagnoli's polynomial). */
export const crc32c = crcOf(0x82f63b78);

/** As TensorFlow's files have it: turned and moved, so that checksums of bytes with checksums in them do not go wrong. */
export function maskedCrc32c(...parts: readonly Uint8Array[]): number {
  const crc = parts.reduce((before, part) => crc32c(part, before), 0);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
