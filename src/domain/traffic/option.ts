import type { Read } from './notation.js';

/** Headings of the help. */
export type OptionGroup = 'RATE' | 'LATENESS' | 'CONTENT' | 'PEOPLE' | 'LENGTH' | 'OUTPUT';

/** An option as a flag of `produce` and, where scenarios know it, as a key of their files: one name, one notation. */
export interface Option<T> {
  read: Read<T>;
  /** A value, without the name. */
  example: string;
  summary: string;
  /** What stands for the value in the help. */
  helpValue: string;
  group: OptionGroup;
  char?: 'r' | 'd' | 'n';
  /** The flag may be given several times, a file may give a list; either way the values are joined by commas. */
  isList?: true;
}

/** The values of a table's options that are given. */
export type OptionValues<Table> = {
  [Name in keyof Table]?: Table[Name] extends { read: Read<infer T> } ? T : never;
};

export type OptionTable = Readonly<Record<string, Option<unknown>>>;
