/** Names in snake and camel case. */

/** `kernelSize` → `kernel_size`. */
export const snake = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2').toLowerCase();

/** `kernel_size` → `kernelSize`. */
export const camel = (name: string): string => name.replaceAll(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** What a weights file calls a layer of this class: Keras's `to_snake_case` (`MaxPooling2D` → `max_pooling2d`, `ReLU` → `re_lu`). */
export const groupName = (className: string): string =>
  className.replaceAll(/\W+/g, '').replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2').replaceAll(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
