/**
 * What a parser of the command line knows of its flags: names, kinds, values and descriptions. The type definitions of yargs lack
 * the methods that tell, so they are named here alone.
 */
import type { Argv } from 'yargs';

export interface ParserOptions {
  /** By name, in every spelling; positional arguments are among them. */
  readonly key: Readonly<Record<string, unknown>>;
  readonly array: readonly string[];
  readonly boolean: readonly string[];
  readonly choices: Readonly<Record<string, readonly string[]>>;
  readonly default: Readonly<Record<string, unknown>>;
}

interface Untyped {
  getOptions(): ParserOptions;
  getInternalMethods(): {
    getUsageInstance(): { getDescriptions(): Readonly<Record<string, string | undefined>> };
  };
}

export function optionsOf(parser: Argv<object>): ParserOptions {
  return (parser as unknown as Untyped).getOptions();
}

export function descriptionsOf(parser: Argv<object>): Readonly<Record<string, string | undefined>> {
  return (parser as unknown as Untyped).getInternalMethods().getUsageInstance().getDescriptions();
}

/** Flags as they are typed, without dashes. */
export function flagsOf(parser: Argv<object>): string[] {
  return Object.keys(optionsOf(parser).key).filter((name) => !/[A-Z]/.test(name));
}
