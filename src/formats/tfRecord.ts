/** Records of a TFRecord file (https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details). */
import { maskedCrc32c } from './crc32c.ts';

/** Length, its checksum, the bytes, their checksum. */
export function tfRecord(bytes: Uint8Array): Uint8Array {
  const record = new Uint8Array(bytes.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(bytes, 12);
  view.setUint32(12 + bytes.length, maskedCrc32c(bytes), true);
  return record;
}
