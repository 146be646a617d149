import { gunzipSync } from 'fflate';
import { z } from 'zod';
import type { NdArray } from '../src/core/array.ts';
import { ModelError } from '../src/core/errors.ts';
import { download, type DownloadProgress } from './download.ts';
import { bytesOf, cacheFolder, joined, makeFolderFor, storeWhole } from './files.ts';
import { readIdx } from './idx.ts';
import { progressBar } from './progressBar.ts';

/** Pictures and their classes; numbers as Keras's `load_data()` gives them. */
export interface ImagePart {
  /** Grey values 0 (paper) to 255 (ink), [examples, 28, 28]. */
  readonly x: NdArray<Uint8Array>;
  /** Numbers of the classes, [examples]. */
  readonly y: NdArray<Uint8Array>;
}

export interface ImageDataset {
  readonly train: ImagePart;
  readonly test: ImagePart;
  /** What class number 0, 1, … means. */
  readonly classNames: readonly string[];
  /** Whether this is the whole dataset or a part of it. */
  readonly source: 'full' | '10k';
}

export const imageOptions = z.strictObject({
  /** Folder for downloads; default: the environment's `IBEX_DATA`, else `ibex` in the user's cache folder. */
  cacheDir: z.string().optional(),
  /** Called as bytes come in, instead of the bar on stderr; what it throws stops the download. */
  progress: z.custom<(progress: DownloadProgress) => void>((value) => typeof value === 'function', 'must be a function').optional(),
  /** Addresses of folders on the web that hold the four files, asked in this order. */
  mirrors: z.array(z.url({ protocol: /^https?$/, error: 'must be an http or https address' })).min(1).optional(),
});
export type ImageOptions = z.input<typeof imageOptions>;

const fileNames = {
  train: { x: 'train-images-idx3-ubyte.gz', y: 'train-labels-idx1-ubyte.gz' },
  test: { x: 't10k-images-idx3-ubyte.gz', y: 't10k-labels-idx1-ubyte.gz' },
} as const;
type FileName = (typeof fileNames)['train' | 'test']['x' | 'y'];

const unpackedBytes: Record<FileName, number> = {
  'train-images-idx3-ubyte.gz': 16 + 60_000 * 28 * 28,
  'train-labels-idx1-ubyte.gz': 8 + 60_000,
  't10k-images-idx3-ubyte.gz': 16 + 10_000 * 28 * 28,
  't10k-labels-idx1-ubyte.gz': 8 + 10_000,
};

/** A dataset in MNIST's four files. */
export interface IdxImages {
  readonly where: string;
  /** Name of its folder in the cache. */
  readonly folder: string;
  readonly mirrors: readonly string[];
  /** SHA-256 of each unpacked file: mirrors pack the same bytes differently. */
  readonly sums: Record<FileName, string>;
  readonly classNames: readonly string[];
  /** What else a user without a network may do. */
  readonly instead?: string;
}

/** The content of a file of the dataset, unless its sum is another one. */
async function unpacked({ sums }: IdxImages, file: FileName, bytes: Uint8Array): Promise<Uint8Array> {
  // Some servers and browsers unpack on the way.
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const content = isPacked ? gunzipSync(bytes, { out: new Uint8Array(unpackedBytes[file]) }) : new Uint8Array(bytes);
  const sum = [...new Uint8Array(await crypto.subtle.digest('SHA-256', content))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (sum !== sums[file]) throw new Error(`its content has the SHA-256 ${sum}; expected ${sums[file]}`);
  return content;
}

async function content(set: IdxImages, file: FileName, cache: string | undefined, mirrors: readonly string[], progress: (progress: DownloadProgress) => void): Promise<Uint8Array> {
  const own = cache && joined(cache, set.folder, file);
  const damaged: string[] = [];
  // A folder that holds just the four files will do, too.
  for (const path of own ? [own, joined(cache, file)] : []) {
    try {
      const bytes = await bytesOf(path);
      if (bytes) return await unpacked(set, file, bytes);
    } catch (error) {
      damaged.push(`${path} is there, but ${(error as Error).message}.`);
    }
  }
  try {
    if (own) await makeFolderFor(own);
    const { bytes, content } = await download({
      where: set.where,
      file,
      mirrors,
      // Packing never makes a file much longer.
      mostBytes: unpackedBytes[file] + 100_000,
      check: (bytes) => unpacked(set, file, bytes),
      progress,
      remedy: [...damaged, own && `Or put the four files (${Object.keys(set.sums).join(', ')}) by hand into ${joined(cache, set.folder)}`, set.instead].filter(Boolean).join('\n'),
    });
    if (own) await storeWhole(own, bytes);
    return content;
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).syscall) throw error;
    throw new ModelError(set.where, `cannot keep ${file} in ${own}: ${(error as Error).message}; choose another folder with cacheDir or IBEX_DATA`, { cause: error });
  }
}

/** Reads the dataset from the cache, and what is missing there from the mirrors. */
export async function loadIdxImages(set: IdxImages, { cacheDir, mirrors = [...set.mirrors], progress }: ImageOptions): Promise<ImageDataset> {
  const bar = progressBar();
  const cache = cacheFolder(cacheDir);
  const read = async (file: FileName) =>
    readIdx(`${set.where} (${file})`, await content(set, file, cache, mirrors, progress ?? bar.show).finally(bar.end)) as NdArray<Uint8Array>;
  const part = async ({ x, y }: { x: FileName; y: FileName }): Promise<ImagePart> => ({ x: await read(x), y: await read(y) });
  return { train: await part(fileNames.train), test: await part(fileNames.test), classNames: set.classNames, source: 'full' };
}
