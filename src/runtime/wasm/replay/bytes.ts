/** Bytes of a WebAssembly module under way. Encoding: WebAssembly Core Specification 2.0, chapter 5. */
export class Bytes {
  #bytes = new Uint8Array(1 << 8);
  length = 0;

  #make(room: number): void {
    if (this.length + room <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * this.#bytes.length + room);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }

  byte(...values: readonly number[]): this {
    this.#make(values.length);
    for (const value of values) this.#bytes[this.length++] = value;
    return this;
  }

  bytes(values: Uint8Array): this {
    this.#make(values.length);
    this.#bytes.set(values, this.length);
    this.length += values.length;
    return this;
  }

  /** LEB128, unsigned. */
  unsigned(value: number): this {
    let rest = value >>> 0;
    do {
      const low = rest & 0x7f;
      rest >>>= 7;
      this.byte(rest ? low | 0x80 : low);
    } while (rest);
    return this;
  }

  /** LEB128, signed. */
  signed(value: number): this {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && !(low & 0x40)) || (rest === -1 && low & 0x40)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  text(value: string): this {
    const bytes = new TextEncoder().encode(value);
    return this.unsigned(bytes.length).bytes(bytes);
  }

  float(value: number): this {
    return this.bytes(new Uint8Array(Float32Array.of(value).buffer));
  }

  /** A section or a body: its length, then its bytes. */
  sized(inner: Bytes): this {
    return this.unsigned(inner.length).bytes(inner.done());
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.length);
  }
}
