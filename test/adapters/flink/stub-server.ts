import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  path: string;
  body: unknown;
}

/** What to answer; undefined leaves the request unanswered. */
export type Answer = { status?: number; json?: unknown; text?: string } | undefined;

/** A real HTTP server that gives prepared answers and keeps what it was asked. */
export class StubServer {
  private constructor(
    private readonly server: Server,
    readonly url: string,
    readonly asked: readonly Asked[],
  ) {}

  static async start(answer: (asked: Asked, count: number) => Answer): Promise<StubServer> {
    const counts = new Map<string, number>();
    const asked: Asked[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const one: Asked = {
          method: request.method ?? '',
          path: request.url ?? '',
          body: text === '' ? undefined : JSON.parse(text),
        };
        asked.push(one);
        const key = `${one.method} ${one.path}`;
        const count = counts.get(key) ?? 0;
        counts.set(key, count + 1);
        const given = answer(one, count);
        if (given === undefined) return;
        response.writeHead(given.status ?? 200, { 'content-type': 'application/json' });
        response.end(given.text ?? JSON.stringify(given.json ?? {}));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new StubServer(server, `http://127.0.0.1:${port}`, asked);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
