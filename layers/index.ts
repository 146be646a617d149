/** Every layer: one line a file. */
export { dense } from './dense.ts';
