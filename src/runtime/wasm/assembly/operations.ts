// The numbers of the element-wise operations. Read by the kernels (AssemblyScript) and by their callers (TypeScript) alike.

export const ABSOLUTE = 0;
export const NEGATIVE = 1;
export const SQUARE = 2;
export const SQUARE_ROOT = 3;
export const RECIPROCAL_ROOT = 4;
export const RECIPROCAL = 5;
export const FLOOR = 6;
export const CEILING = 7;
export const ROUND = 8;
export const SIGN = 9;
/** 1 above 0, `alpha` elsewhere. */
export const STEP = 10;
/** Bounded to [alpha, beta]. */
export const CLIP = 11;
/** x above 0, alpha · x elsewhere. */
export const LEAKY_RELU = 12;
/** x above 0, alpha · (eˣ - 1) elsewhere; both times beta. */
export const ELU = 13;
export const EXPONENTIAL = 14;
export const EXPONENTIAL_MINUS_1 = 15;
export const LOGARITHM = 16;
export const LOGARITHM_OF_1_PLUS = 17;
export const LOGISTIC = 18;
export const HYPERBOLIC_TANGENT = 19;
export const SOFTPLUS = 20;
export const ERROR_FUNCTION = 21;

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
