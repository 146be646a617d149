import { parseArgs, type ParseArgsConfig } from 'node:util';
import { didYouMean, ModelError } from '../core/errors.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: O; allowPositionals: true }>>;

/** Options and words of a command line. @throws ModelError that names an option that there is not, or that lacks its value */
export function parse<O extends Options>(where: string, args: string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const unknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && message.match(/'(-[^']*)'/)?.[1];
    const known = Object.keys(options).map((name) => `--${name}`);
    throw new ModelError(where, unknown ? `unknown option ${unknown}${known.length > 0 ? didYouMean(unknown, known) : ', there are none'}` : message, { cause: error });
  }
}
