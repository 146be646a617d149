/** Values by key, so many of those that were set or asked for last; `letGo` is told of each that leaves. */
export class Recent<V> {
  readonly #most: number;
  readonly #letGo: (value: V) => void;
  readonly #values = new Map<string, V>();

  constructor(most: number, letGo: (value: V) => void) {
    this.#most = most;
    this.#letGo = letGo;
  }

  get(key: string): V | undefined {
    const value = this.take(key);
    // What was asked for last stands last.
    if (value !== undefined) this.#values.set(key, value);
    return value;
  }

  /** A value that it replaces leaves. */
  set(key: string, value: V): void {
    this.delete(key);
    if (this.#values.size >= this.#most) this.delete(this.#values.keys().next().value!);
    this.#values.set(key, value);
  }

  /** Hands a value out for good. */
  take(key: string): V | undefined {
    const value = this.#values.get(key);
    this.#values.delete(key);
    return value;
  }

  delete(key: string): void {
    const value = this.take(key);
    if (value !== undefined) this.#letGo(value);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  keys(): IterableIterator<string> {
    return this.#values.keys();
  }

  [Symbol.iterator](): IterableIterator<V> {
    return this.#values.values();
  }

  clear(): void {
    for (const key of [...this.keys()]) this.delete(key);
  }
}
