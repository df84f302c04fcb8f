import { Flags } from '@oclif/core';
import { LabCommand } from '../../command.js';
import type { Config } from '../../domain/config.js';
import { parseFilter, type LetterFilter } from '../../domain/dlq/filter.js';
import { letterJson, type LetterJson } from '../../domain/dlq/letter-json.js';
import { columnWidths, letterColumns, letterRow, tableLine, usualRow } from '../../domain/dlq/letter-rows.js';
import { printableJson } from '../../domain/printable.js';
import { grouped } from '../../domain/traffic/summary.js';
import { ExitCode, StreamlabError } from '../../errors.js';
import { letterFlags } from '../../letter-flags.js';
import { headLine } from '../../screens.js';
import type { FoundLetter } from '../../services/letters.js';
import type { NewestLetters } from '../../services/newest-letters.js';
import { runAllLetters, runFollow, runListJson, runListRows } from '../../wiring/letter-list.js';

const DEFAULT_LIMIT = 50;
/** Characters of a payload in the one value of --json. */
const LONGEST_PAYLOAD = 100_000;

interface ListJson {
  letters: LetterJson[];
  /** Older ones that match as well. */
  more: number;
  /** Everything was read: `more` and `unreadable` are exact. */
  complete: boolean;
  unreadable: number;
}

/** How letters go on to be shown, and from where on. */
interface Shown {
  ends: ReadonlyMap<number, number>;
  write: (found: FoundLetter) => Promise<boolean>;
}

export default class List extends LabCommand {
  static override summary = 'List the dead letters, newest last';
  static override description =
    'A dead letter has a place, partition:offset, by which dlq show finds it. What is said must all hold; of a flag that is given several times, one. Letters that cannot be read are listed whatever the filters say of their contents. With --ndjson each letter is a line of JSON, with its payload: all of them, partition by partition, unless --limit asks for the newest.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --since 1h',
    '<%= config.bin %> <%= command.id %> --reason missing_field --outstanding --limit 500',
    '<%= config.bin %> <%= command.id %> --match page=/cart --match "referrer!=null"',
    '<%= config.bin %> <%= command.id %> --follow',
    '<%= config.bin %> <%= command.id %> --user u-17 --ndjson > letters.ndjson',
  ];
  static override flags = {
    ...letterFlags,
    limit: Flags.integer({
      char: 'n',
      summary: `How many, the newest (default ${DEFAULT_LIMIT}; with --ndjson all)`,
      helpValue: 'N',
      min: 0,
    }),
    follow: Flags.boolean({
      char: 'f',
      summary: 'Go on with new ones as they come, until Ctrl-C',
      default: false,
    }),
    ndjson: Flags.boolean({ summary: 'A line of JSON for each letter', default: false }),
  };

  async run(): Promise<ListJson | undefined> {
    const { flags, config } = await this.setUp(List);
    this.refuseClashes(flags.ndjson, flags.follow);
    const filter = parseFilter(flags, Date.now());
    const limit = flags.limit ?? DEFAULT_LIMIT;
    if (this.jsonEnabled()) return this.list(config, filter, limit);
    const { ends, write } = flags.ndjson
      ? await this.showLines(config, filter, flags.limit)
      : await this.showTable(config, filter, limit, flags.follow);
    if (!flags.follow) return undefined;
    await runFollow(config, { ...this.call(filter), from: ends, write });
    if (this.interrupt.aborted) process.exitCode = ExitCode.interrupted;
    return undefined;
  }

  private call(filter: LetterFilter) {
    return { filter, report: this.out.report, signal: this.interrupt };
  }

  private async list(config: Config, filter: LetterFilter, limit: number): Promise<ListJson> {
    const found = await runListJson(config, { ...this.call(filter), limit }, LONGEST_PAYLOAD);
    const { letters, more, complete, unreadable } = found;
    return { letters, more, complete, unreadable };
  }

  private async showTable(
    config: Config,
    filter: LetterFilter,
    limit: number,
    follow: boolean,
  ): Promise<Shown> {
    const found = await runListRows(config, { ...this.call(filter), limit });
    const rows = found.letters;
    const widths = columnWidths(follow ? [...rows, usualRow] : rows, this.out.columns);
    const line = (cells: readonly string[]): string => tableLine(cells, widths);
    if (rows.length > 0 || follow)
      this.out.data([headLine(line(letterColumns)), ...rows.map(line)].join('\n'));
    for (const note of notes(found)) this.out.message(note);
    return { ends: found.ends, write: (letter) => this.out.line(line(letterRow(letter))) };
  }

  private async showLines(config: Config, filter: LetterFilter, limit: number | undefined): Promise<Shown> {
    const write = (found: FoundLetter): Promise<boolean> => this.out.line(printableJson(letterJson(found)));
    if (limit === undefined)
      return { ends: await runAllLetters(config, { ...this.call(filter), write }), write };
    const { letters, ends } = await runListJson(config, { ...this.call(filter), limit });
    for (const letter of letters) if (!(await this.out.line(printableJson(letter)))) break;
    return { ends, write };
  }

  private refuseClashes(ndjson: boolean, follow: boolean): void {
    if (!this.jsonEnabled() || (!ndjson && !follow)) return;
    const clash = ndjson ? '--ndjson prints a line for each letter' : 'with --follow there is no end';
    throw new StreamlabError('INVALID_USAGE', `--json prints one value, and ${clash}.`, {
      suggestions: ['Use --ndjson without --json.'],
    });
  }
}

/** What the table does not show. */
function notes({ letters, more, complete, unreadable }: NewestLetters<unknown>): string[] {
  const shown = letters.length;
  if (shown + more === 0) return ['There is no such dead letter.'];
  return [
    ...(more > 0
      ? [`${grouped(more)}${complete ? '' : ' or more'} older ones are not shown: --limit ${shown + more}`]
      : []),
    ...(unreadable > 0
      ? [`${grouped(unreadable)} cannot be read: streamlab dlq show PLACE says what is there.`]
      : []),
  ];
}
