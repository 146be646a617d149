/** Writes folders whole or not at all. */
import { ModelError } from '../core/errors.ts';
import { explain, gathered, node } from './files.ts';

/** A file by its path in the folder. */
export interface FolderFile { readonly name: string; readonly content: readonly Uint8Array[] }

/**
 * Writes a folder of files: into a new folder beside it, flushed to the disk, which then takes its place. If anything fails, the old folder stays as it was
 * and nothing is left behind.
 * @param where - who asks, for the error: `export: titanic`
 * @param replaceable - throws if a folder of these entries is not to be replaced
 * @throws ModelError for a file in place of the folder, a missing folder around it, no permission, a full disk
 */
export async function writeFolder(path: string, files: readonly FolderFile[], where: string, replaceable: (names: readonly string[]) => void): Promise<void> {
  const { fs, path: paths, random } = await node();
  const what = `cannot write ${path}`;
  const beside = (of: string) => paths.join(paths.dirname(of), `.${random.randomUUID()}.tmp`);
  try {
    // A link to a folder is followed; what ends in a slash is a folder all the same.
    const target = await fs.realpath(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return paths.resolve(path);
      throw error;
    });
    const old = await fs.stat(target).catch(() => undefined);
    if (old && !old.isDirectory()) throw new ModelError(where, `${what}: a file has that name, name a folder`);
    if (old) replaceable(await fs.readdir(target));
    const fresh = beside(target);
    try {
      await fs.mkdir(fresh);
      for (const { name, content } of files) {
        const to = paths.join(fresh, name);
        await fs.mkdir(paths.dirname(to), { recursive: true });
        const file = await fs.open(to, 'wx');
        try {
          await fs.writeFile(file, gathered(content));
          await file.sync();
        } finally {
          await file.close();
        }
      }
      if (!old) return await fs.rename(fresh, target);
      await fs.chmod(fresh, old.mode & 0o777);
      // A folder with something in it cannot be renamed over.
      const aside = beside(target);
      await fs.rename(target, aside);
      try {
        await fs.rename(fresh, target);
      } catch (error) {
        await fs.rename(aside, target);
        throw error;
      }
      await fs.rm(aside, { recursive: true, force: true });
    } finally {
      await fs.rm(fresh, { recursive: true, force: true }).catch(() => undefined);
    }
  } catch (error) {
    throw explain(error, where, what);
  }
}
