/** Replays of fits and evaluations that are over, and wait for the next: a few of all models together, as each holds memory of the engine. */
import { Recent } from './recent.ts';
import type { Replay } from './replay.ts';
import type { RunState } from './run.ts';

/** Replays that wait, of all models; `Replay.wait` says how large each may be. */
const most = 6;

const all = new Recent<Replay<RunState>>(most, (replay) => replay.dispose());
let owners = 0;

/** Those of one model, by what they are for. */
export class Waiting {
  readonly #owner = `${++owners} `;

  set(key: string, replay: Replay<RunState>): void {
    all.set(this.#owner + key, replay);
  }

  has(key: string): boolean {
    return all.has(this.#owner + key);
  }

  /** Hands one out for good. */
  take(key: string): Replay<RunState> | undefined {
    return all.take(this.#owner + key);
  }

  clear(): void {
    for (const key of [...all.keys()]) if (key.startsWith(this.#owner)) all.delete(key);
  }
}
