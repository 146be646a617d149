/**
 * Puts into the declarations what an editor shows of options: their comments, which the compiler leaves out of types that it infers,
 * and their defaults.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { optionWords } from './optionWords.mjs';

const folders = ['layers', 'optimizers', 'datasets', 'src/core', 'src/losses', 'src/metrics', 'src/training'];

const declarationsIn = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
  const path = join(folder, entry.name);
  return entry.isDirectory() ? declarationsIn(path) : path.endsWith('.d.ts') ? [path] : [];
});

/** An option in a declaration: `    units: z.ZodInt;`. */
const option = /^( +)(\w+): (?=(?:z|import\("zod"\))\.)(?!z\.ZodObject<)/;
/** The part whose options come: `export declare const dense: …<z.ZodObject<{`, or `adam: …<z.ZodObject<{` within an object. */
const part = /^(?:export )?(?:declare )?(?: *)(?:const )?(\w+): .*ZodObject<\{$/;

/** Comments before options, or before constants of their names that hold their schemas, in a source. */
function commentsIn(source) {
  const found = new Map();
  for (const [, comment, key, constant] of source.matchAll(/\/\*\* ((?:(?!\*\/)[^])*?) \*\/\n *(?:(\w+):|(?:export )?const (\w+) = z\b)/g)) {
    const name = key ?? constant;
    if (!found.has(name)) found.set(name, comment.replaceAll(/\n *\* ?/g, ' ').trim());
  }
  return found;
}

const asText = (value) => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));

/** ` Default 3.`, of an option that has one which says something. */
function defaultOf(schema, source, name) {
  const type = schema?.def?.type;
  const value = type === 'default' || type === 'prefault' ? schema.def.defaultValue : undefined;
  if (schema !== undefined) {
    const plain = ['string', 'number', 'boolean'].includes(typeof value) || Array.isArray(value);
    return plain ? ` Default \`${asText(value)}\`.` : '';
  }
  const written = new RegExp(`^ +${name}: .*\\.(?:default|prefault)\\(([^()]+)\\),?$`, 'm').exec(source)?.[1];
  return written === undefined || written === 'null' || /[a-z]\w*$/.test(written.replace(/'.*'|true|false/, '')) ? '' : ` Default \`${written}\`.`;
}

/** What is said of each option of one declaration file, and of which nothing is known. */
class Words {
  #root;
  #sources = new Map();
  constructor(root) {
    this.#root = root;
  }

  source(file) {
    if (!this.#sources.has(file)) this.#sources.set(file, existsSync(join(this.#root, file)) ? readFileSync(join(this.#root, file), 'utf8') : '');
    return this.#sources.get(file);
  }

  of(file, kind, name) {
    const own = this.source(file);
    const imported = [...own.matchAll(/from '(\.[^']*)'/g)].map(([, from]) => relative('.', join(dirname(file), from)));
    const kinds = [kind, basename(file, '.ts'), basename(dirname(file))];
    const particular = kinds.map((each) => optionWords[`${each}.${name}`]).find(Boolean);
    return commentsIn(own).get(name) ?? particular ?? imported.map((each) => commentsIn(this.source(each)).get(name)).find(Boolean) ?? optionWords[name];
  }
}

/**
 * Describes the options in the declarations of a build.
 * @returns options without a word, as `dist/layers/dense.d.ts: units`
 */
export async function describeOptions(root) {
  const words = new Words(root);
  const dist = join(root, 'dist');
  const bare = [];
  for (const path of [...folders.flatMap((folder) => declarationsIn(join(dist, folder))), join(dist, 'src/index.d.ts')]) {
    const text = readFileSync(path, 'utf8');
    if (!text.includes('ZodObject<{')) continue;
    const file = relative(dist, path).replace(/\.d\.ts$/, '.ts');
    const made = file === 'src/index.ts' ? await import(pathToFileURL(join(dist, 'optimizers/index.js')).href) : await import(pathToFileURL(path.replace(/\.d\.ts$/, '.js')).href);
    let kind = '';
    const lines = text.split('\n').flatMap((line, i, all) => {
      kind = part.exec(line)?.[1] ?? kind;
      const [, indent, name] = option.exec(line) ?? [];
      if (name === undefined || all[i - 1]?.trim().endsWith('*/')) return [line];
      const home = file === 'src/index.ts' ? [`optimizers/${kind}.ts`, `optimizers/schedules/${kind}.ts`].find((each) => words.source(each)) : file;
      const said = words.of(home, kind, name);
      if (said === undefined) {
        bare.push(`${relative(root, path)}: ${kind}.${name}`);
        return [line];
      }
      return [`${indent}/** ${said}${/default/i.test(said) ? '' : defaultOf(made[kind]?.options?.shape?.[name], words.source(home), name)} */`, line];
    });
    writeFileSync(path, lines.join('\n'));
  }
  return bare;
}
