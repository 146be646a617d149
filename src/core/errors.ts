import type { z } from 'zod';

/**
 * Anything that ibex refuses to do. One class; `where` names the part of the model or the call that spoke.
 * The message says what was expected, what came, and what to do about it.
 */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly where: string;
  constructor(where: string, problem: string, options?: ErrorOptions) {
    super(`${where}: ${problem}`, options);
    this.where = where;
  }
}

/** Edits (insert, delete, replace, swap neighbours) that turn one word into the other: the restricted Damerau–Levenshtein distance. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)]);
  rows[0] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      rows[i]![j] = least;
    }
  }
  return rows[a.length]![b.length]!;
}

const plain = (word: string) => word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** `lr` of `learningRate`, as many call it. */
const initials = (name: string) => name.replaceAll(/(?<=.)[a-z0-9]/g, '').toLowerCase();

// Names are shorter; the distance to a book from a file would take its time.
const longestName = 100;

/** ` — did you mean "relu"?` for a misspelt word, else the words that there are (or nothing, if they are too many to read). */
export function didYouMean(word: string, known: readonly string[]): string {
  const ranked = word.length > longestName ? undefined : known
    .map((name) => ({ name, edits: distance(plain(word), plain(name)) }))
    .sort((a, b) => a.edits - b.edits)[0];
  const short = known.filter((name) => word.length > 1 && initials(name) === plain(word));
  if (short.length === 1 && ranked?.edits !== 0) return ` — did you mean "${short[0]}"?`;
  if (ranked && ranked.edits <= Math.max(1, Math.floor(ranked.name.length / 3))) return ` — did you mean "${ranked.name}"?`;
  return known.length <= 40 ? ` — known: ${known.join(', ')}` : '';
}

/** A value as a reader of an error wants to see it: JSON, cut to a line. */
export function inWords(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null && 'dataId' in value && 'shape' in value) return `a tensor of shape [${String(value.shape)}]`;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // A cycle or a bigint: the type is all that can be said in a line.
  }
  text ??= Object.prototype.toString.call(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((v, key) => (v as Record<PropertyKey, unknown> | undefined | null)?.[key], value);

type Issue = z.core.$ZodIssue;

/** One sentence for a zod issue: which option, what was expected, what came, and the nearest right spelling. */
function sentence(issue: Issue, given: unknown, keys: readonly string[]): string {
  const place = issue.path.join('.');
  const received = at(given, issue.path);
  const prefix = place ? `${place} ` : '';
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `unknown option "${place ? `${place}.` : ''}${key}"${didYouMean(key, keys)}`).join('; ');
    case 'invalid_value':
      return typeof received === 'string'
        ? `${prefix}cannot be "${received}"${didYouMean(received, issue.values.map(String))}`
        : `${prefix}must be one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}, got ${inWords(received)}`;
    case 'too_small':
      return `${prefix}must be ${issue.inclusive ? 'at least' : 'greater than'} ${issue.minimum}, got ${inWords(received)}`;
    case 'too_big':
      return `${prefix}must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}, got ${inWords(received)}`;
    case 'invalid_type':
      return received === undefined
        ? `${prefix || 'options '}missing: expected ${issue.expected}`
        : `${prefix || 'options '}must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}, got ${inWords(received)}`;
    case 'invalid_union': {
      // The branch that came furthest into the value says most about what was meant.
      const branches = issue.errors.filter((branch) => branch.length > 0);
      const depth = (branch: readonly Issue[]) => Math.max(...branch.map(({ path }) => path.length));
      const meant = [...branches].sort((a, b) => depth(b) - depth(a) || typeRank(a) - typeRank(b))[0];
      return meant
        ? meant.map((inner) => sentence({ ...inner, path: [...issue.path, ...inner.path] }, given, keys)).join('; ')
        : `${prefix}${issue.message}, got ${inWords(received)}`;
    }
    default:
      if (issue.code === 'custom' && issue.params?.complete) return `${prefix}${issue.message}`;
      return `${prefix}${issue.message}${place ? `, got ${inWords(received)}` : ''}`;
  }
}

/** Branches of a union that refuse the very type of a value say less than those that refuse the value. */
const typeRank = (branch: readonly Issue[]) => (branch.some(({ code }) => code === 'invalid_type') ? 1 : 0);

const keysOf = (schema: z.ZodType): readonly string[] => ('shape' in schema && schema.shape ? Object.keys(schema.shape) : []);

/** Parses options by their schema; throws a ModelError with a sentence for each mistake. */
export function parseOptions<S extends z.ZodType>(where: string, schema: S, given: unknown): z.output<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const keys = keysOf(schema);
  throw new ModelError(where, result.error.issues.map((issue) => sentence(issue, given, keys)).join('; '));
}
