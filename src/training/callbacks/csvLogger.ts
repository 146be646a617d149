import { z } from 'zod';
import { ModelError, parseOptions } from '../../core/errors.ts';
import { remember, type Callback } from './callback.ts';

const options = z.strictObject({
  /** The file; its folder is made if it is not there. */
  path: z.string().min(1),
  /** What lies between two numbers of a line. */
  separator: z.string().length(1).default(','),
  /** Whether to go on after what the file has. */
  append: z.boolean().default(false),
});

/** Writes a line of numbers for each epoch: `epoch` (from 0), losses and metrics; `NA` where an epoch has none. */
export function csvLogger(given: z.input<typeof options>): Callback {
  const { path, separator, append } = parseOptions('csvLogger', options, given);
  const where = `csvLogger: ${path}`;
  let columns: readonly string[] = [];
  /** Where the next line goes: what an interrupted run wrote after it is written again. */
  let end = 0;
  let begun = false;
  const quoted = (text: string) => (text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells: readonly string[]) => `${cells.map(quoted).join(separator)}\n`;

  /** Lets new lines follow an older run's, in its columns. */
  async function goOn(names: readonly string[]): Promise<void> {
    const { exists, readBytes } = await import('../../formats/files.ts');
    if (!(await exists(path))) return;
    const bytes = await readBytes(path, where);
    const text = new TextDecoder().decode(bytes);
    if (text.trim() === '') return;
    const header = text.split(/\r?\n/, 1)[0]!;
    if (header !== line(names).trimEnd()) throw new ModelError(where, `has the columns ${header}, but this training has ${line(names).trimEnd()}; choose another file, or leave append out`);
    // A line that was cut off is no line.
    end = new TextEncoder().encode(text.slice(0, text.lastIndexOf('\n') + 1)).length;
    begun = end > 0;
  }

  return {
    memory: remember('csvLogger', () => ({ columns, end, begun }), (kept) => ({ columns, end, begun } = kept)),
    async onTrainBegin({ names }) {
      columns = ['epoch', ...names];
      end = 0;
      begun = false;
      const { makeFolderFor } = await import('../../formats/files.ts');
      await makeFolderFor(path, where);
      if (append) await goOn(columns);
    },
    async onEpochEnd(epoch, logs) {
      const { replaceTail } = await import('../../formats/files.ts');
      const row = line(columns.map((name) => (name === 'epoch' ? String(epoch) : String(logs[name] ?? 'NA'))));
      end = await replaceTail(path, end, begun ? row : line(columns) + row, where);
      begun = true;
    },
  };
}
