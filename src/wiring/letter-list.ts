import type { Config } from '../domain/config.js';
import type { LetterFilter } from '../domain/dlq/filter.js';
import { letterJson, type LetterJson } from '../domain/dlq/letter-json.js';
import { letterRow } from '../domain/dlq/letter-rows.js';
import type { Report } from '../domain/progress.js';
import type { FoundLetter } from '../services/letters.js';
import type { NewestLetters } from '../services/newest-letters.js';
import { withReader } from './letters.js';
import { sleep } from './pipeline.js';

interface ListCall {
  filter: LetterFilter;
  limit: number;
  report: Report;
  signal: AbortSignal;
}

/** `dlq list` as a table: the newest letters as rows. */
export function runListRows(config: Config, call: ListCall): Promise<NewestLetters<string[]>> {
  return runList(config, call, letterRow);
}

/** `dlq list` for scripts; payloads longer than so many characters are left out. */
export function runListJson(
  config: Config,
  call: ListCall,
  longestPayload?: number,
): Promise<NewestLetters<LetterJson>> {
  return runList(config, call, (found) => letterJson(found, longestPayload));
}

/** The newest letters, of each what is kept. */
export async function runList<T>(
  config: Config,
  call: ListCall,
  keep: (found: FoundLetter) => T,
): Promise<NewestLetters<T>> {
  const [{ newestLetters }, { readJournal }] = await Promise.all([
    import('../services/newest-letters.js'),
    import('../services/letters.js'),
  ]);
  return withReader(config, async (reader) =>
    newestLetters(reader, { ...call, keep, journal: await readJournal(reader, call.signal) }),
  );
}

interface StreamCall extends Omit<ListCall, 'limit'> {
  /** False when nobody reads any more. */
  write: (found: FoundLetter) => Promise<boolean>;
}

type Ends = ReadonlyMap<number, number>;

/** Every dead letter that the filter takes, partition by partition; gives the ends of what was read. */
export async function runAllLetters(config: Config, call: StreamCall): Promise<Ends> {
  const { letterRanges, readJournal, readLetters } = await import('../services/letters.js');
  return withReader(config, async (reader) => {
    const journal = await readJournal(reader, call.signal);
    const ranges = await letterRanges(reader, call.filter);
    for await (const found of readLetters(reader, { ...call, journal, ranges }))
      if (!(await call.write(found))) break;
    return new Map(ranges.map(({ partition, to }) => [partition, to]));
  });
}

/** Dead letters as they come, until Ctrl-C. */
export async function runFollow(config: Config, call: StreamCall & { from: Ends }): Promise<void> {
  const [{ readJournal }, { followLetters }] = await Promise.all([
    import('../services/letters.js'),
    import('../services/follow-letters.js'),
  ]);
  await withReader(config, async (reader) => {
    const journal = await readJournal(reader, call.signal);
    await followLetters(reader, { ...call, journal, onLetter: call.write, sleep });
  });
}
