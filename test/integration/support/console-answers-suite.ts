import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Dashboard } from '../../../src/domain/console/dashboard.js';
import type { LetterCounts, LetterList, LetterPage } from '../../../src/domain/console/letter-answer.js';
import type { ReplayTask } from '../../../src/domain/console/replay-task.js';
import type { ResultTable } from '../../../src/domain/console/result.js';
import type { PipelineView } from '../../../src/domain/pipeline/view.js';
import { eventually } from './clickhouse-daemon.js';
import { pidsOf, type Status, type TestHome } from './cli.js';

const ticksPerSecond = 100;

/** What the console of a lab that is up answers; sends events, and replays some. */
export function describeConsoleAnswers(home: TestHome, status: () => Promise<Status>): void {
  describe('the console answers', () => {
    let url: string;
    let token: string;

    beforeAll(async () => {
      url = (await home.cli(['open', 'console', '--print'])).stdout.trim();
      token = (await get<{ token: string }>('/api/session')).token;
    });

    async function get<T>(path: string): Promise<T> {
      const answer = await fetch(`${url}${path}`);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path}: ${String(answer.status)} ${text}`);
      return JSON.parse(text) as T;
    }

    // The type is what the caller says that it is, as above.
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
    async function post<T>(path: string, body: object, headers: Record<string, string> = {}) {
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-streamlab-token': token, ...headers },
        body: JSON.stringify(body),
      });
      return { status: answer.status, body: (await answer.json().catch(() => null)) as T };
    }

    test('where the lab is reached, and its page', async () => {
      const session = await get<{
        lab: string;
        runtime: string;
        endpoints: { name: string; address: string }[];
      }>('/api/session');
      expect(session).toMatchObject({ lab: 'default', runtime: 'local' });
      const flink = (await status()).services[1]!.endpoint!;
      expect(session.endpoints).toContainEqual({ name: 'Flink', address: flink });
      expect(session.endpoints).toContainEqual({ name: 'Console', address: url });
      expect(await (await fetch(url)).text()).toContain('<main id="main"');
    });

    test('every panel and every variable of every dashboard', async () => {
      const dashboards = await get<Dashboard[]>('/api/dashboards');
      expect(dashboards.map(({ uid }) => uid)).toEqual([
        'streamlab-business',
        'streamlab-pipeline',
        'streamlab-dead-letters',
        'streamlab-overview',
      ]);
      const range = `from=${String(Date.now() - 1_800_000)}&to=${String(Date.now() + 60_000)}`;
      const asked = dashboards.flatMap(({ uid, panels, variables }) => [
        ...panels.map(({ id }) => `/api/query?dashboard=${uid}&panel=${String(id)}&${range}`),
        ...variables.map(({ name }) => `/api/query?dashboard=${uid}&variable=${name}&${range}`),
      ]);
      expect(asked.length).toBeGreaterThan(40);
      const tables = await Promise.all(asked.map((path) => get<ResultTable>(path)));
      for (const table of tables) expect(table.columns.length).toBeGreaterThan(0);
      const events = dashboards[0]!.panels.find(({ title }) => title === 'Events')!;
      const total = tables[asked.findIndex((path) => path.includes(`business&panel=${String(events.id)}&`))]!;
      expect(Number(total.rows[0]![0])).toBeGreaterThan(2_000);
    });

    test('how the pipeline is', async () => {
      await eventually(async () => {
        const { view } = await get<{ view: PipelineView | null }>('/api/pipeline');
        return view !== null && JSON.stringify(view).includes('RUNNING');
      }, 30_000);
      expect(await get('/api/pipeline')).toMatchObject({ trouble: null });
    });

    test('to no other host, origin or site, and changes nothing without its token', async () => {
      const port = new URL(url).port;
      const asked = (headers: Record<string, string>): Promise<number> =>
        new Promise((resolve, reject) => {
          request(`${url}/api/session`, { headers }, (answer) => {
            answer.resume();
            resolve(answer.statusCode ?? 0);
          })
            .on('error', reject)
            .end();
        });
      expect(await asked({ host: `localhost:${port}` })).toBe(200);
      expect(await asked({ host: `evil.example:${port}` })).toBe(403);
      expect(await asked({ origin: 'http://localhost:3000' })).toBe(403);
      expect(await asked({ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' })).toBe(403);
      for (const headers of [
        { origin: 'https://evil.example' },
        { 'x-streamlab-token': 'guess' },
        { 'content-type': 'text/plain' },
      ])
        expect((await post('/api/replays/dry-run', {}, headers as Record<string, string>)).status).toBe(403);
      expect(await get('/api/replays')).toEqual([]);
    });

    test('which dead letters there are, and all about one, as the commands say', async () => {
      await home.json(['produce', '--count', '600', '--rate', '0', '--too-late', '20%']);
      const tooLate = ['dlq', 'list', '--reason', 'too_late', '--limit', '5'];
      const placesOf = (letters: { partition: number; offset: number }[]): string[] =>
        letters.map(({ partition, offset }) => `${String(partition)}:${String(offset)}`);
      const listed = async () =>
        placesOf((await home.json<{ letters: { partition: number; offset: number }[] }>(tooLate)).letters);
      await eventually(async () => (await listed()).length === 5, 60_000);
      const shown = async () =>
        (await get<LetterList>('/api/letters?reason=too_late&limit=5')).letters.map(({ place }) => place);
      await eventually(
        async () => JSON.stringify(await shown()) === JSON.stringify((await listed()).reverse()),
        30_000,
      );
      const counts = await get<LetterCounts>('/api/letters/counts?reason=too_late');
      const { total, outstanding } = await home.json<{ total: number; outstanding: number }>([
        ...['dlq', 'stats', '--reason', 'too_late'],
      ]);
      expect(counts).toMatchObject({ total, outstanding });
      const [place] = await shown();
      const { letters } = await get<{ letters: LetterPage[] }>(`/api/letters/show?of=${place!}`);
      const told = await home.json<{ letters: object[] }>(['dlq', 'show', place!]);
      // The page lays the payload out in lines.
      expect(letters[0]).toMatchObject({ ...told.letters[0], payload: { isCut: false } });
      expect((await fetch(`${url}/api/letters/show?of=0:999999`)).status).toBe(404);
      expect((await fetch(`${url}/api/letters?reason=nonsense`)).status).toBe(400);
    });

    test('a replay that was tried and confirmed, once', async () => {
      const task = (id: string) => get<ReplayTask>(`/api/replays/task?id=${id}`);
      const ended = async (id: string): Promise<ReplayTask> => {
        await eventually(async () => (await task(id)).state !== 'running', 60_000);
        return task(id);
      };
      expect((await post('/api/replays/confirm', { id: 'guess' })).status).toBe(404);
      const order = { selection: { reason: ['too_late'] }, limit: 20 };
      const { id } = (await post<ReplayTask>('/api/replays/dry-run', order)).body;
      expect(await ended(id)).toMatchObject({ state: 'done', result: { dryRun: true, replayed: 20 } });
      const sent = (await post<ReplayTask>('/api/replays/confirm', { id })).body;
      const done = await ended(sent.id);
      expect(done).toMatchObject({ kind: 'replay', state: 'done', result: { replayed: 20 } });
      expect((await post('/api/replays/confirm', { id })).status).toBe(400);
      const replayId = done.result!.replayId!;
      expect((await home.cli(['dlq', 'replays', replayId])).stdout).toContain('--reason too_late');
      const { letters } = await home.json<{ letters: { replayed: { replayId: string } | null }[] }>([
        ...['dlq', 'list', '--reason', 'too_late', '--limit', '500'],
      ]);
      expect(letters.filter(({ replayed }) => replayed?.replayId === replayId)).toHaveLength(20);
    });

    test('what a replay had sent by the time that it was stopped', async () => {
      const task = (id: string) => get<ReplayTask>(`/api/replays/task?id=${id}`);
      const order = { selection: { reason: ['too_late'] }, rate: 2 };
      const replayedSoFar = async () =>
        (await home.json<{ replayed: number }>(['dlq', 'stats', '--reason', 'too_late'])).replayed;
      const before = await replayedSoFar();
      const { id } = (await post<ReplayTask>('/api/replays/dry-run', order)).body;
      await eventually(async () => (await task(id)).question !== null, 60_000);
      const sent = (await post<ReplayTask>('/api/replays/confirm', { id })).body;
      await eventually(async () => (await replayedSoFar()) > before, 60_000);
      await post('/api/replays/stop', { id: sent.id });
      await eventually(async () => (await task(sent.id)).state !== 'running', 30_000);
      const { state, result } = await task(sent.id);
      expect([state, result?.interrupted]).toEqual(['done', true]);
      const { letters } = await home.json<{ letters: { replayed: { replayId: string } | null }[] }>([
        ...['dlq', 'list', '--reason', 'too_late', '--limit', '500'],
      ]);
      const { replayId, replayed } = result!;
      expect(letters.filter((letter) => letter.replayed?.replayId === replayId)).toHaveLength(replayed);
      expect((await home.cli(['dlq', 'replays', replayId!])).stdout).toContain('interrupted');
    });

    test('with little memory and little of the processor', async () => {
      const pid = pidsOf(await status()).console!;
      const [begun, ticks] = [Date.now(), await ticksOf(pid)];
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      const share = ((await ticksOf(pid)) - ticks) / ticksPerSecond / ((Date.now() - begun) / 1_000);
      const rss =
        Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${String(pid)}/status`, 'utf8'))![1]) / 1_024;
      console.log(`console: ${rss.toFixed(0)} MB, ${(share * 100).toFixed(1)} % of one core`);
      expect(rss).toBeLessThan(160);
      expect(share).toBeLessThan(0.1);
    });
  });
}

/** Time that a process had of the processors (proc(5), fields 14 and 15). */
async function ticksOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
