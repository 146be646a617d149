/** Anything that a JSON file may hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/**
 * What a layer, an optimizer, an initializer … is called in Keras's files. Options whose Keras name is theirs in snake
 * case (`kernelSize`, `kernel_size`) need nothing said.
 */
export interface KerasForm {
  /** Keras's class: `Dense`, `MaxPooling2D`. */
  readonly name: string;
  /** Our option → Keras's key, where snake case does not give it. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Keras's keys that say nothing here and are passed over when a file is read. */
  readonly ignore?: readonly string[];
  /** Where one Keras class is several things here: whether this config means this one. */
  readonly matches?: (config: JsonObject) => boolean;
  /** Has the last word on the config that is written, where renaming is not enough. */
  readonly write?: (config: JsonObject) => JsonObject;
  /** Puts a config that is read into the form that renaming expects; what it cannot mean here it refuses with an error. */
  readonly read?: (config: JsonObject) => JsonObject;
}
