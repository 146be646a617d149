// temporary, until hdf5.ts lands
import h5wasm from 'h5wasm/node';
export interface Hdf5Array { dtype: string; shape: readonly number[]; data: any }
export interface Hdf5Group { groups?: Record<string, Hdf5Group>; datasets?: Record<string, Hdf5Array>; attributes?: Record<string, any> }
let n = 0;
export async function readHdf5(bytes: Uint8Array, _where: string) {
  const { FS } = await h5wasm.ready as any; const name = `/tmp/r${n++}.h5`; FS.writeFile(name, bytes);
  const f = new h5wasm.File(name, 'r'); const map = new Map<string, Hdf5Array>();
  const walk = (g: any, p: string) => { for (const k of g.keys()) { const e = g.get(k); if (e.keys) walk(e, `${p}${k}/`); else map.set(p + k, { dtype: String(e.dtype), shape: e.shape, data: typeof e.value === 'object' ? e.value.slice() : typeof e.value === 'bigint' ? BigInt64Array.of(e.value) : Float32Array.of(e.value) }); } };
  walk(f, ''); f.close(); FS.unlink(name);
  return { paths: () => [...map.keys()], dataset: (p: string) => map.get(p)! };
}
export async function writeHdf5(tree: Hdf5Group): Promise<Uint8Array> {
  const { FS } = await h5wasm.ready as any; const name = `/tmp/w${n++}.h5`; const f = new h5wasm.File(name, 'w');
  const put = (g: any, t: Hdf5Group) => { for (const [k, v] of Object.entries(t.attributes ?? {})) g.create_attribute(k, v);
    for (const [k, v] of Object.entries(t.datasets ?? {})) g.create_dataset({ name: k, data: v.data, shape: [...v.shape], dtype: v.dtype === 'int64' ? '<q' : '<f' });
    for (const [k, v] of Object.entries(t.groups ?? {})) put(g.create_group(k), v); };
  put(f, tree); f.close(); const b = FS.readFile(name); FS.unlink(name); return b;
}
