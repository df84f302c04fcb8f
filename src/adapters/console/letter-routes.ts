import type { LetterCounts, LetterList, LetterPage } from '../../domain/console/letter-answer.js';
import type { ReplayTask } from '../../domain/console/replay-task.js';
import { StreamlabError } from '../../errors.js';
import type { ConsoleRequest, Reply, Routes } from './server.js';

/** What the page asks of the dead letters of the lab. Everything may throw a StreamlabError, which the page shows. */
export interface LettersBackend {
  list(params: URLSearchParams, signal: AbortSignal): Promise<LetterList>;
  counts(params: URLSearchParams, signal: AbortSignal): Promise<LetterCounts>;
  /** @param target a place, or an event id */
  show(
    target: string,
    isWhole: boolean,
    signal: AbortSignal,
  ): Promise<{ letters: LetterPage[]; more: number }>;
  dryRun(body: unknown): ReplayTask;
  confirm(body: unknown): ReplayTask;
  stop(body: unknown): ReplayTask;
  task(id: string): ReplayTask;
  replays(): ReplayTask[];
}

const longestTarget = 200;

/** Whatever changes something is a POST, which the gate lets in from the console's own page only. */
export function letterRoutes(letters: LettersBackend): Routes {
  return {
    'GET /api/letters': async ({ query, signal }) => json(await letters.list(query, signal)),
    'GET /api/letters/counts': async ({ query, signal }) => json(await letters.counts(query, signal)),
    'GET /api/letters/show': async ({ query, signal }) => {
      const target = query.get('of') ?? '';
      if (target === '' || target.length > longestTarget)
        throw new StreamlabError('INVALID_USAGE', 'of: give partition:offset, or the id of an event.');
      return json(await letters.show(target, query.get('whole') === 'true', signal));
    },
    'GET /api/replays': () => json(letters.replays()),
    'GET /api/replays/task': ({ query }) => json(letters.task(query.get('id') ?? '')),
    'POST /api/replays/dry-run': async (request) => json(letters.dryRun(await jsonBody(request))),
    'POST /api/replays/confirm': async (request) => json(letters.confirm(await jsonBody(request))),
    'POST /api/replays/stop': async (request) => json(letters.stop(await jsonBody(request))),
  };
}

function json(value: unknown): Reply {
  return { type: 'application/json', body: JSON.stringify(value) };
}

async function jsonBody({ body }: ConsoleRequest): Promise<unknown> {
  const text = await body();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StreamlabError('INVALID_USAGE', 'The request is no JSON.', { cause: error });
  }
}
