/**
 * Makes the memory of a WebAssembly module one that threads can share. Modules are given as bytes; memory that one shares is the
 * same memory with two bits set (WebAssembly threads proposal, binary format of limits), so nothing else of the module changes.
 */
const sections = { import: 2, memory: 5 } as const;
const memoryImport = 2;
/** Limits with a maximum, shared. */
const shared = 0b11;

/** The module with shared memory, own or imported; `undefined` if it has none with a maximum, which shared memory needs. */
export function withSharedMemory(module: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(module);
  let at = 8;
  const unsigned = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 0x7f) << shift;
      if (!(byte & 0x80)) return value >>> 0;
    }
  };
  /** Over a text. */
  const skip = (): void => {
    const length = unsigned();
    at += length;
  };
  const limits = (): boolean => {
    if (!(bytes[at]! & 1)) return false;
    bytes[at] = shared;
    return true;
  };
  while (at < bytes.length) {
    const id = bytes[at++]!;
    const length = unsigned();
    const end = at + length;
    if (id === sections.memory && unsigned() > 0) return limits() ? bytes : undefined;
    if (id === sections.import) {
      for (let count = unsigned(); count > 0; count--) {
        skip();
        skip();
        const kind = bytes[at++]!;
        if (kind === memoryImport) return limits() ? bytes : undefined;
        if (kind !== 0) return undefined;
        unsigned();
      }
    }
    at = end;
  }
  return undefined;
}

export const isShared = ({ buffer }: WebAssembly.Memory): boolean => !(buffer instanceof ArrayBuffer);
