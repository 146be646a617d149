// The numbers of operations of which a kernel does one. Read by the kernels (AssemblyScript) and by their callers (TypeScript) alike.

export const ADD = 0;
export const SUBTRACT = 1;
export const MULTIPLY = 2;
export const DIVIDE = 3;
export const MAXIMUM = 4;
export const MINIMUM = 5;
export const SQUARED_DIFFERENCE = 6;
/** a / b, and 0 where b is 0. */
export const DIVIDE_NO_NAN = 7;
/** a above 0, a · b elsewhere. */
export const PARAMETRIC_RELU = 8;
/** a · (b + 1) where b is below 0, a elsewhere. */
export const ELU_GRADIENT = 9;
/** aᵇ. */
export const POWER = 10;
/** The whole number at or below a / b. */
export const FLOOR_DIVIDE = 11;

export const EQUAL = 0;
export const NOT_EQUAL = 1;
export const LESS = 2;
export const LESS_EQUAL = 3;
export const GREATER = 4;
export const GREATER_EQUAL = 5;

export const SUM = 0;
export const PRODUCT = 1;
export const LARGEST = 2;
export const SMALLEST = 3;
