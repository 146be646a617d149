/** Once, before all tests. */
import { setUpKeras } from './helpers/kerasPython.ts';

export const setup = setUpKeras;
