/** What the set-up tells its user: a line for each step, with what came of it and how long it took. */

export interface Say {
  line(text: string): void;
  /** Announces a step, does it, and adds its result and time to the line. */
  step<T>(name: string, what: string, work: () => Promise<{ value: T; result: string }>): Promise<T>;
}

/** `274 MB`, `1.2 GB`: in powers of ten, as package indexes and disks have it. */
export function inBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
}

export const inSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** @param write - takes the text as it comes, parts of lines too */
export function sayTo(write: (text: string) => void): Say {
  return {
    line: (text) => write(`${text}\n`),
    async step(name, what, work) {
      write(`${name.padEnd(9)} ${what}${what && ' … '}`);
      const start = performance.now();
      try {
        const { value, result } = await work();
        write(`${result}, ${inSeconds(performance.now() - start)}\n`);
        return value;
      } catch (error) {
        write('failed\n');
        throw error;
      }
    },
  };
}
