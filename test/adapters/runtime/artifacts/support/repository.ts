import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Artifact, ArtifactLock } from '../../../../../src/domain/artifacts.js';
import type { ProgressEvent } from '../../../../../src/domain/progress.js';
import type { ArtifactRequest } from '../../../../../src/adapters/runtime/artifacts/artifacts.js';

export type Handler = (request: IncomingMessage, response: ServerResponse, content: Buffer) => void;

const contents = new Map<string, Buffer>();

/** The bytes of an artifact that `jar` made. */
export function contentOf({ artifactId }: Artifact): Buffer {
  return contents.get(`/org/example/${artifactId}/1.0/${artifactId}-1.0.jar`) ?? Buffer.alloc(0);
}

export function jar(name: string, bytes = 20_000): Artifact {
  const content = randomBytes(bytes);
  contents.set(`/org/example/${name}/1.0/${name}-1.0.jar`, content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { groupId: 'org.example', artifactId: name, version: '1.0', bytes, sha256, services: ['kafka'] };
}

export function lockOf(...artifacts: Artifact[]): ArtifactLock {
  const versions = { kafka: '4.3.1', flink: '2.2.1', kafkaConnector: '5.0.0-2.2' };
  return { lockVersion: 1, versions, artifacts };
}

/** Answers like a Maven repository, honours Range. */
export const serve: Handler = (request, response, content) => {
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start > 0) {
    const range = `bytes ${String(start)}-${String(content.length - 1)}/${String(content.length)}`;
    response.writeHead(206, { 'content-range': range, 'content-length': content.length - start });
  } else response.writeHead(200, { 'content-length': content.length });
  response.end(content.subarray(start));
};

export async function repository(
  handler: Handler = serve,
): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const content = contents.get((request.url ?? '').replace(/^\/maven/, ''));
    if (content === undefined) response.writeHead(404).end();
    else handler(request, response, content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/maven`, requests };
}

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'streamlab-artifacts-'));
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

export function ask(
  artifacts: Artifact[],
  mirror: string,
  more: Partial<ArtifactRequest> = {},
): ArtifactRequest & { events: ProgressEvent[] } {
  const events: ProgressEvent[] = [];
  return {
    lock: lockOf(...artifacts),
    services: ['kafka'],
    cacheDir: more.cacheDir ?? folder(),
    mirror,
    offline: false,
    report: (event) => events.push(event),
    signal: new AbortController().signal,
    retryDelayMs: 1,
    stallTimeoutMs: 500,
    ...more,
    events,
  };
}
