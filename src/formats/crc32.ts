import { crcOf } from './crc.ts';

/** The CRC-32 of ISO 3309, as zip and gzip have it. `before` is the CRC of the bytes that came before these. */
export const crc32 = crcOf(0xedb88320);
