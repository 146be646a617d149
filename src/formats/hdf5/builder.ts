/** Puts little-endian numbers and bytes one after the other. */
export interface Builder {
  u8(...values: number[]): Builder;
  u16(...values: number[]): Builder;
  u32(...values: number[]): Builder;
  u64(...values: number[]): Builder;
  bytes(values: ArrayLike<number>): Builder;
  /** Zeros up to a length, or up to a multiple of eight bytes. */
  pad(length?: number): Builder;
  length(): number;
  done(): Uint8Array;
}

export function builder(): Builder {
  let room = new Uint8Array(64);
  let length = 0;
  const take = (size: number) => {
    if (length + size > room.length) {
      const larger = new Uint8Array(Math.max(2 * room.length, length + size));
      larger.set(room);
      room = larger;
    }
    length += size;
    return length - size;
  };
  const number = (size: number) => (...values: number[]) => {
    for (const value of values) {
      const at = take(size);
      for (let i = 0, rest = value; i < size; i++, rest = Math.floor(rest / 256)) room[at + i] = rest % 256;
    }
    return built;
  };
  const built: Builder = {
    u8: number(1),
    u16: number(2),
    u32: number(4),
    u64: number(8),
    bytes: (values) => {
      const at = take(values.length);
      room.set(values, at);
      return built;
    },
    pad: (to = Math.ceil(length / 8) * 8) => {
      take(to - length);
      return built;
    },
    length: () => length,
    done: () => room.subarray(0, length),
  };
  return built;
}

/** "No address": all ones. */
export const nowhere = new Uint8Array(8).fill(255);
