import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificates } from './certificates.js';

/** What stands before many a ClickHouse and Flink: TLS ends here, and a token is asked for where one is given. */
export class TlsProxy {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(target: string, { server: identity }: Certificates, token?: string): Promise<TlsProxy> {
    const options = { cert: readFileSync(identity.cert), key: readFileSync(identity.key) };
    const server = createServer(options, (incoming, outgoing) => {
      if (token !== undefined && incoming.headers.authorization !== `Bearer ${token}`) {
        outgoing.writeHead(401, { 'content-type': 'text/html' }).end('<h1>401</h1>');
        return;
      }
      const { method, headers } = incoming;
      // A connection each: one that is kept may be closed at the other end just when it is used again.
      const onward = request(
        `${target}${incoming.url ?? '/'}`,
        { method, headers, agent: false },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      onward.on('error', () => outgoing.destroy());
      incoming.pipe(onward);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new TlsProxy(server, `https://localhost:${String(port)}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
