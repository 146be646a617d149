/** Loads N-API addons by their file. */
export function loadAddon(file: string): unknown {
  const addon = { exports: {} as unknown };
  process.dlopen(addon, file);
  return addon.exports;
}
