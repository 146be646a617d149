/**
 * Whether helpers help: what calls take alone is compared with what they take as jobs, again and again, as a machine may be busy with other
 * things at one time and idle at another. Times are in milliseconds.
 */

/** A call that may be done alone or as a job. */
export interface Site {
  /** What it takes alone, by and large; what comes now and then (another program's turn) hardly counts. */
  alone: number;
  /** How often it was done alone, and was to be a job. */
  alones: number;
  turns: number;
  readonly jobs: Watch;
  /** How many times more it is done alone, as jobs did not pay, and how many it will be the next time. */
  off: number;
  offNext: number;
}

/** The jobs of late: how many, what they took, and what they would have taken alone. */
interface Watch { count: number; took: number; instead: number }

/** After so much time in calls that could be shared, threads are worth starting, which takes some 30 ms, most of it on other cores. */
const patience = 200;
/** How often a call is done alone before it is shared, and among how many jobs it is done alone again. */
const [first, among] = [3, 64];
/** Jobs should take less than this part of what they would take alone. */
const most = 0.85;
/** For how much of work to watch all jobs, and each, and how many of them; and how much longer than alone they may take on the way. */
const watched = { all: 10, each: 4, jobs: 8, excess: 5 } as const;
/** How long nothing is shared after it did not pay: at first, how many times longer the next time, and at last. */
const resting = { first: 200, growth: 3, last: 10_000 } as const;
/** For how many times a call is left alone whose jobs did not pay: at first, and at last. */
const leaving = { first: 64, last: 4096 } as const;

/** So much of what jobs take alone may be late before they have been watched for long. */
const isLate = ({ took, instead }: Watch): boolean => took > 1.5 * instead + watched.excess;

const newWatch = (): Watch => ({ count: 0, took: 0, instead: 0 });
export const newSite = (): Site => ({ alone: Infinity, alones: 0, turns: 0, jobs: newWatch(), off: 0, offNext: leaving.first });

/** Whether jobs paid; `undefined` while that cannot be said yet. Then they are watched anew. */
function paid(watch: Watch, site: Site, took: number, long: number): boolean | undefined {
  watch.count++;
  watch.took += took;
  watch.instead += site.alone;
  if (!isLate(watch) && (watch.instead < long || watch.count < watched.jobs)) return undefined;
  const answer = watch.took <= most * watch.instead;
  Object.assign(watch, newWatch());
  return answer;
}

export interface Pace {
  /** Whether it has been worth starting threads. */
  isWorthwhile(): boolean;
  /** Whether to do the call as a job. */
  shares(site: Site, now: number): boolean;
  alone(site: Site, took: number): void;
  together(site: Site, took: number, now: number): void;
}

export function newPace(): Pace {
  let spent = 0;
  const all = newWatch();
  let restsUntil = 0;
  let rest: number = resting.first;
  return {
    isWorthwhile: () => spent >= patience,
    shares(site, now) {
      if (now < restsUntil || site.alones < first) return false;
      if (site.off > 0) {
        site.off--;
        return false;
      }
      return ++site.turns % among !== 0;
    },
    alone(site, took) {
      spent += took;
      site.alones++;
      site.alone = took < site.alone ? (site.alones <= first ? took : (site.alone + took) / 2) : site.alone + Math.min(took - site.alone, site.alone) / 16;
    },
    together(site, took, now) {
      const own = paid(site.jobs, site, took, watched.each);
      if (own !== undefined) {
        site.off = own ? 0 : site.offNext;
        site.offNext = own ? leaving.first : Math.min(2 * site.offNext, leaving.last);
      }
      const whole = paid(all, site, took, watched.all);
      if (whole === undefined) return;
      if (!whole) restsUntil = now + rest;
      rest = whole ? resting.first : Math.min(resting.growth * rest, resting.last);
    },
  };
}
