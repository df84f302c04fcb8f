import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { catchPlan, submitPlan } from '../../../src/adapters/flink/execution-plans.js';

const closers: (() => void)[] = [];
afterEach(() => {
  closers.splice(0).forEach((close) => {
    close();
  });
});

/** A JobManager's REST interface that answers every request with this status and its path, and keeps what it got. */
async function jobManager(status = 200): Promise<{ url: string; asked: string[]; bodies: Buffer[] }> {
  const asked: string[] = [];
  const bodies: Buffer[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      asked.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
      bodies.push(Buffer.concat(chunks));
      outgoing.writeHead(status);
      outgoing.end(JSON.stringify({ errors: [`about ${incoming.url ?? ''}`] }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close().closeAllConnections();
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, asked, bodies };
}

const jobId = '00112233445566778899aabbccddeeff';
const plan = Buffer.from([0xac, 0xed, 0, 5, 13, 10, 45, 45, 0xff, 13, 10, 13, 10, 7]);

/** What Flink 2.2's RestClusterClient sends: fields and file of a form, the job's id in the file's name. */
function clientForm(): { headers: Record<string, string>; body: Buffer } {
  const name = `flink-executionPlan-${jobId}12345.bin`;
  const head = [
    '--6f1e',
    'content-disposition: form-data; name="request"',
    'content-type: text/plain; charset=UTF-8',
    '',
    JSON.stringify({ executionPlanFileName: name, jobJarFileNames: [], jobArtifactFileNames: [] }),
    '--6f1e',
    `content-disposition: form-data; name="file_0"; filename="${name}"`,
    'content-type: application/octet-stream',
    '',
    '',
  ].join('\r\n');
  return {
    headers: { 'content-type': 'multipart/form-data; boundary=6f1e' },
    body: Buffer.concat([Buffer.from(head), plan, Buffer.from('\r\n--6f1e--\r\n')]),
  };
}

describe('catching a plan', () => {
  test('gives it byte for byte; the JobManager sees what else is asked, and never the job', async () => {
    const flink = await jobManager();
    const caught = await catchPlan(flink.url, async (properties) => {
      const url = `http://${properties['rest.address'] ?? ''}:${properties['rest.port'] ?? ''}`;
      const overview = await fetch(`${url}/v1/config`);
      expect(await overview.json()).toEqual({ errors: ['about /v1/config'] });
      const { status } = await fetch(`${url}/v1/jobs`, { method: 'POST', ...clientForm() });
      expect(status).toBe(400);
      throw new Error('what the refused client says');
    });
    expect(caught.jobId).toBe(jobId);
    expect(Buffer.from(caught.bytes).equals(plan)).toBe(true);
    expect(flink.asked).toEqual(['GET /v1/config']);
  });

  test('fails as the planning failed, when no job was sent', async () => {
    const flink = await jobManager();
    const failing = catchPlan(flink.url, () => Promise.reject(new Error('invalid SQL')));
    await expect(failing).rejects.toThrow('invalid SQL');
    await expect(catchPlan(flink.url, () => Promise.resolve())).rejects.toMatchObject({ code: 'JOB_FAILED' });
  });

  test('fails as the planning failed, when the SQL Gateway ends while it sends the job', async () => {
    const flink = await jobManager();
    const failing = catchPlan(flink.url, async (properties) => {
      const socket = connect(Number(properties['rest.port']), '127.0.0.1');
      socket.write('POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n--6f1e');
      await delay(50);
      socket.destroy();
      await delay(50);
      throw new Error('gone');
    });
    await expect(failing).rejects.toThrow('gone');
  });
});

describe('submitting a plan', () => {
  const submit = (url: string) => submitPlan(url, { jobId, bytes: plan }, AbortSignal.timeout(5_000));

  test('sends it as a file, byte for byte', async () => {
    const flink = await jobManager(202);
    expect(await submit(flink.url)).toBe(true);
    expect(flink.asked).toEqual(['POST /v1/jobs']);
    const text = flink.bodies[0]?.toString('latin1') ?? '';
    expect(/executionPlanFileName":"([^"]+)"/.exec(text)?.[1]).toBe(/filename="([^"]+)"/.exec(text)?.[1]);
    expect(flink.bodies[0]?.includes(plan)).toBe(true);
  });

  test('tells a plan that Flink cannot read from a job that it does not start', async () => {
    expect(await submit((await jobManager(400)).url)).toBe(false);
    await expect(submit((await jobManager(500)).url)).rejects.toMatchObject({
      code: 'JOB_FAILED',
      message: expect.stringContaining('about /v1/jobs') as string,
    });
  });

  test('says so when nobody answers', async () => {
    await expect(submit('http://127.0.0.1:1')).rejects.toMatchObject({ code: 'SERVICE_UNREACHABLE' });
  });
});
