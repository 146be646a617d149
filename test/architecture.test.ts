/** The arrows of the layout: which part of ibex may know which other. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { layers, losses, metrics, optimizers, schedules } from 'ibexjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const parts = ['src', 'layers', 'optimizers', 'datasets', 'examples', 'bench'];

const filesUnder = (folder: string): string[] => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  .map((name) => posix.join(folder, name.replaceAll('\\', '/'))).filter((file) => file.endsWith('.ts'));
const files = parts.flatMap(filesUnder);
const isGenerated = (file: string) => file.includes('/generated/');
/** AssemblyScript: a language of its own, with imports of its own. */
const isAssembly = (file: string) => within(file, 'src/runtime/wasm/assembly') && file !== 'src/runtime/wasm/assembly/operations.ts';
const text = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

function within(file: string, ...folders: string[]): boolean {
  return folders.some((folder) => file.startsWith(`${folder}/`));
}

interface Import { readonly from: string; readonly to: string; readonly how: 'value' | 'type' | 'dynamic' }

/** What a file imports: paths from the root for its own, names for packages. */
function importsOf(file: string, code = text.get(file)!): Import[] {
  const target = (name: string) => (name.startsWith('.') ? posix.join(posix.dirname(file), name) : name);
  const source = code.replaceAll(/^\s*(\/\/|\*|\/\*\*).*$/gm, '');
  return [
    ...[...source.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)].map(([, type, name]): Import => ({ from: file, to: target(name!), how: type ? 'type' : 'value' })),
    ...[...source.matchAll(/\bimport\('([^']+)'\)/g)].map(([, name]): Import => ({ from: file, to: target(name!), how: 'dynamic' })),
  ];
}
const imports = files.filter((file) => !isGenerated(file) && !isAssembly(file)).flatMap((file) => importsOf(file));
const isPackage = (name: string) => !within(name, ...parts);
/** Imports against a rule, as a reader finds them. */
const against = (rule: (each: Import) => boolean) => imports.filter(rule).map(({ from, to }) => `${from} → ${to}`);

describe('imports', () => {
  it('are read rightly', () => {
    const code = [
      "import { z } from 'zod';", "import type { A } from '../core/a.ts';", "import {\n  b,\n  type C,\n} from './b.ts';", "import './side.ts';", "export * from '../d.ts';",
      "export type { E } from './e.ts';", "// import { no } from './no.ts';", " * import { no } from './no.ts';", "  const f = await import('./f.ts');", "const no = \"import './no.ts'\";",
    ].join('\n');
    expect(importsOf('src/model/x.ts', code).map(({ to, how }) => `${how} ${to}`)).toEqual([
      'value zod', 'type src/core/a.ts', 'value src/model/b.ts', 'value src/model/side.ts', 'value src/d.ts', 'type src/model/e.ts', 'dynamic src/model/f.ts',
    ]);
    expect(imports.length).toBeGreaterThan(500);
  });

  it('all lead to a file or a package', () => {
    expect(against(({ to }) => !isPackage(to) && !text.has(to))).toEqual([]);
  });

  it('of layers and optimizers stand in the public page alone', () => {
    expect(against(({ from, to }) => within(to, 'layers') && !within(from, 'layers') && from !== 'src/index.ts')).toEqual([]);
    expect(against(({ from, to }) => within(to, 'optimizers') && !within(from, 'optimizers') && from !== 'src/index.ts')).toEqual([]);
  });

  it('of layers and optimizers lead to the core', () => {
    expect(against(({ from, to }) => within(from, 'layers') && !isPackage(to) && !within(to, 'layers', 'src/core'))).toEqual([]);
    expect(against(({ from, to }) => within(from, 'optimizers') && !isPackage(to) && !within(to, 'optimizers', 'src/core'))).toEqual([]);
  });

  it('of the core stay in the core', () => {
    expect(against(({ from, to }) => within(from, 'src/core') && !isPackage(to) && !within(to, 'src/core'))).toEqual([]);
  });

  it('of losses and metrics lead to the core and to one another', () => {
    expect(against(({ from, to }) => within(from, 'src/losses') && !isPackage(to) && !within(to, 'src/core', 'src/losses'))).toEqual([]);
    expect(against(({ from, to }) => within(from, 'src/metrics') && !isPackage(to) && !within(to, 'src/core', 'src/losses', 'src/metrics'))).toEqual([]);
  });

  it('of models and training do not lead to files and engines', () => {
    expect(against(({ from, to, how }) => within(from, 'src/model', 'src/training') && how !== 'dynamic' && within(to, 'src/formats', 'src/runtime', 'src/cli', 'datasets'))).toEqual([]);
  });

  it('of engines lead to the core', () => {
    expect(against(({ from, to }) => within(from, 'src/runtime') && !isPackage(to) && !within(to, 'src/core', 'src/runtime'))).toEqual([]);
  });

  it('of datasets lead to no model and no tensor', () => {
    expect(against(({ from, to }) => within(from, 'datasets') && !isPackage(to) && !within(to, 'datasets') && !['src/core/errors.ts', 'src/core/array.ts'].includes(to))).toEqual([]);
  });

  it('of TensorFlow.js go through one door', () => {
    expect(against(({ from, to }) => to.startsWith('@tensorflow/') && from !== 'src/core/tensor.ts' && !within(from, 'src/runtime'))).toEqual([]);
  });

  it('of Node stay out of what runs in a browser', () => {
    expect(against(({ from, to }) => to.startsWith('node:') && within(from, 'src/core', 'src/model', 'src/training', 'src/losses', 'src/metrics', 'layers', 'optimizers'))).toEqual([]);
  });

  it('of examples are those of a user', () => {
    expect(against(({ from, to }) => within(from, 'examples') && within(to, 'src', 'layers', 'optimizers'))).toEqual([]);
  });

  it('make no circle', () => {
    const next = new Map(files.map((file) => [file, imports.filter(({ from, how }) => from === file && how === 'value').map(({ to }) => to)]));
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file)) return;
      for (const to of next.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    files.forEach((file) => visit(file, []));
    expect(circles).toEqual([]);
  });
});

describe('files', () => {
  it('are small', () => {
    const long = files.filter((file) => !isGenerated(file) && text.get(file)!.trimEnd().split('\n').length > 300);
    expect(long).toEqual([]);
  });

  it('have a name for each export, and no default', () => {
    expect(files.filter((file) => !isGenerated(file) && /^export default\b/m.test(text.get(file)!))).toEqual([]);
  });
});

describe('what is exported', () => {
  const families: Readonly<Record<string, object>> = { layers, optimizers, schedules, losses, metrics };
  it.each(Object.keys(families))('%s go by their kinds', (family) => {
    const wrong = Object.entries(families[family]!).filter(([name, factory]) => typeof factory === 'function' && 'kind' in factory && factory.kind !== name).map(([name, { kind }]) => `${name} is of kind ${kind}`);
    expect(wrong).toEqual([]);
    expect(Object.values(families[family]!).some((factory) => typeof factory === 'function' && 'kind' in factory)).toBe(true);
  });

  it('layers and optimizers each have a line in their index', () => {
    for (const folder of ['layers', 'optimizers']) {
      const index = importsOf(`${folder}/index.ts`).map(({ to }) => to);
      const own = files.filter((file) => posix.dirname(file) === folder && !file.endsWith('/index.ts') && /^export const \w+ = define(Layer|Merge|Optimizer)/m.test(text.get(file)!));
      expect(own.filter((file) => !index.includes(file))).toEqual([]);
    }
  });
});
