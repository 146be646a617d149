/** One process at a time works in a folder: the others find a file with its number, for as long as it lives. */
import { z } from 'zod';
import { explain, node } from './files.ts';

/** Folders that this process holds: its number alone does not tell it from an earlier process of that number. */
const held = new Set<string>();
const thisProcess = 'another training of this process';

/** When a process was started, in ticks since the system was; `null` where the system does not say, `undefined` for one that has ended. */
async function startOf(pid: number): Promise<string | null | undefined> {
  const { fs } = await node();
  const status = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name of the program comes before, in brackets, and may hold anything.
  const fields = status?.slice(status.lastIndexOf(')') + 2).split(' ');
  // One that was killed stays until its parent has asked for it.
  if (fields) return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]!;
  try {
    process.kill(pid, 0);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? undefined : null;
  }
}

/** The number of the process that holds a lock, if it lives. */
async function holder(text: string): Promise<number | undefined> {
  const owner = z.object({ pid: z.int(), started: z.string().nullable() }).safeParse(parsed(text)).data;
  if (!owner) return undefined;
  const started = await startOf(owner.pid);
  // Where a number is all there is, this process's own is an earlier one's: `held` would know.
  const earlier = owner.pid === process.pid && started === null;
  return started === undefined || started !== owner.started || earlier ? undefined : owner.pid;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes a folder, which is made if it is not there, for this process; what interrupted writes left in it goes.
 * The lock of a process that has ended is taken over.
 * @returns the lock, or who has it
 * @throws ModelError if the folder cannot be made or written to
 */
export async function lockFolder(folder: string, where: string): Promise<FolderLock | { readonly takenBy: string }> {
  const { fs, path, random } = await node();
  try {
    await fs.mkdir(folder, { recursive: true });
    const real = await fs.realpath(folder);
    if (held.has(real)) return { takenBy: thisProcess };
    held.add(real);
    const lock = path.join(real, '.lock');
    const beside = () => path.join(real, `.${random.randomUUID()}.tmp`);
    const mine = beside();
    const text = JSON.stringify({ pid: process.pid, started: (await startOf(process.pid)) ?? null });
    try {
      for (;;) {
        await fs.writeFile(mine, text);
        // A link is there whole or not at all, and is not made over another.
        const { code } = await fs.link(mine, lock).then(() => ({ code: 'taken' }), (error: NodeJS.ErrnoException) => error);
        if (code === 'taken') break;
        // Who has just taken the folder cleared it of what was in the way.
        if (code === 'ENOENT') continue;
        if (code !== 'EEXIST') throw Object.assign(new Error(`a link cannot be made (${code})`), { code });
        const found = await fs.readFile(lock, 'utf8').catch(() => undefined);
        if (found === undefined) continue;
        const owner = await holder(found);
        if (owner !== undefined) {
          await fs.rm(mine, { force: true });
          held.delete(real);
          return { takenBy: owner === process.pid ? thisProcess : `process ${owner}` };
        }
        // Of several that find it only one moves it away; a new one that was moved by mistake goes back.
        const old = beside();
        const moved = await fs.rename(lock, old).then(() => true, () => false);
        if (moved && (await fs.readFile(old, 'utf8').catch(() => found)) !== found) await fs.link(old, lock).catch(() => undefined);
        await fs.rm(old, { force: true });
      }
      const left = (await fs.readdir(real)).filter((name) => /^\.[0-9a-f-]{36}\.tmp$/.test(name));
      for (const name of left) await fs.rm(path.join(real, name), { force: true });
      return {
        release: async () => {
          await fs.rm(lock, { force: true }).catch(() => undefined);
          held.delete(real);
        },
      };
    } catch (error) {
      await fs.rm(mine, { force: true }).catch(() => undefined);
      held.delete(real);
      throw error;
    }
  } catch (error) {
    throw explain(error, where, `cannot lock ${folder}`);
  }
}
