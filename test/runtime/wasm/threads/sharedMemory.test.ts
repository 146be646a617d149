import { expect, it } from 'vitest';
import { withSharedMemory } from '../../../../src/runtime/wasm/threads/sharedMemory.ts';

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
// One type, () → (); an import of a function `a.f`, then what is given.
const imports = (...more: number[]) => Uint8Array.of(...header, 1, 4, 1, 0x60, 0, 0, 2, 7 + more.length, more.length ? 2 : 1, 1, 0x61, 1, 0x66, 0, 0, ...more);
const isShared = (module: BufferSource) => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
  return new WebAssembly.Instance(new WebAssembly.Module(module), { a: { f: () => undefined, m: memory } }) instanceof WebAssembly.Instance;
};

it('shares imported memory', () => {
  const module = imports(1, 0x61, 1, 0x6d, 2, 1, 1, 2);
  expect(() => isShared(module)).toThrow(WebAssembly.LinkError);
  expect(isShared(withSharedMemory(module)!)).toBe(true);
});

it('shares memory of its own', () => {
  const module = Uint8Array.of(...header, 5, 4, 1, 1, 1, 2, 7, 5, 1, 1, 0x6d, 2, 0);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(withSharedMemory(module)!));
  expect((exports.m as WebAssembly.Memory).buffer).toBeInstanceOf(SharedArrayBuffer);
});

it('leaves a module without memory, or whose memory has no end', () => {
  expect(withSharedMemory(imports())).toBeUndefined();
  expect(withSharedMemory(Uint8Array.of(...header, 5, 3, 1, 0, 1))).toBeUndefined();
});
