import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request. */
export type Fault =
  | 'none'
  /** HTTP 500 or 503, the latter with Retry-After as a date. */
  | 'error'
  | 'unavailable'
  /** The connection is reset before the message is read, or after it was saved. */
  | 'reset'
  | 'reset-after'
  /** Half a status line; or a whole head, and a body that breaks off. */
  | 'half-head'
  | 'half-body'
  /** No answer, though the message was saved. */
  | 'silence'
  | 'global'
  | 'shared'
  /** The network before Discord: no JSON, only the header. */
  | 'cloudflare';

export interface Posted {
  /** The alert's id, as it stands in the footer. */
  id: string;
  at: number;
  /** Whether people see the message, and whether the sender was told so. */
  isSaved: boolean;
  isAcknowledged: boolean;
  fault: Fault | 'limited';
}

export interface DiscordOptions {
  now: () => number;
  fault?: (count: number) => Fault;
  /** So many requests in each window. */
  limit?: number;
  windowMs?: number;
  /** How long a message takes to be saved. */
  delayMs?: number;
  /** Instead of all that: what a webhook answers that is gone. */
  gone?: { status: number; body: object };
}

const globalMs = 3_000;

/** A real HTTP server that answers as Discord's documentation says (docs.discord.com, Rate limits; Execute Webhook). */
export class DiscordServer {
  readonly posted: Posted[] = [];
  /** Requests that came before the server said they might. */
  readonly tooEarly: string[] = [];
  readonly problems: string[] = [];
  private windowEnd = 0;
  private used = 0;
  /** Whether an answer of this window said what is left of it. */
  private isAnnounced = false;
  private blockedUntil = 0;
  private inFlight = 0;
  private readonly saved = new Set<string>();

  private constructor(
    private readonly server: Server,
    private readonly options: DiscordOptions,
  ) {}

  static async start(options: DiscordOptions): Promise<DiscordServer> {
    const server = createServer();
    const discord = new DiscordServer(server, options);
    server.on('request', (request, response) => {
      discord.take(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return discord;
  }

  get address(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/api/webhooks/123456/${token}`;
  }

  /** Ids in the order in which the sender was told that they are delivered. */
  get acknowledged(): string[] {
    return this.posted.filter(({ isAcknowledged }) => isAcknowledged).map(({ id }) => id);
  }

  get savedIds(): ReadonlySet<string> {
    return this.saved;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    this.inFlight += 1;
    if (this.inFlight > 1) this.problems.push('two requests at once');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = (): void => {
        this.answer(request, response, Buffer.concat(chunks).toString());
      };
      if (this.options.delayMs === undefined) answer();
      else setTimeout(answer, this.options.delayMs);
    });
    // A request that its sender gave up is over, too.
    response.on('close', () => (this.inFlight -= 1));
  }

  private answer(request: IncomingMessage, response: ServerResponse, text: string): void {
    if (!(request.url ?? '').endsWith('?wait=true')) this.problems.push(`no wait: ${request.url ?? ''}`);
    const body = JSON.parse(text) as { embeds: { footer: { text: string } }[] };
    const id = body.embeds[0]?.footer.text.replace('streamlab ', '') ?? '';
    const at = this.options.now();
    const post = (fault: Posted['fault'], isSaved: boolean, isAcknowledged: boolean): void => {
      this.posted.push({ id, at, isSaved, isAcknowledged, fault });
      if (isSaved) this.saved.add(id);
    };
    if (this.options.gone !== undefined) {
      const { status, body: said } = this.options.gone;
      post('none', false, false);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
      return;
    }
    const fault = this.options.fault?.(this.posted.length) ?? 'none';
    if (this.isTooEarly(at)) {
      if (this.isAnnounced || at < this.blockedUntil) this.tooEarly.push(id);
      post('limited', false, false);
      this.refuse(response, at, Math.max(this.blockedUntil, this.windowEnd) - at, 'user');
      return;
    }
    this.used += 1;
    this.fail(fault, { response, at, post });
  }

  private isTooEarly(at: number): boolean {
    const { limit = 5, windowMs = 2_000 } = this.options;
    if (at >= this.windowEnd) {
      this.windowEnd = at + windowMs;
      this.used = 0;
      this.isAnnounced = false;
    }
    return at < this.blockedUntil || this.used >= limit;
  }

  private fail(
    fault: Fault,
    {
      response,
      at,
      post,
    }: {
      response: ServerResponse;
      at: number;
      post: (fault: Fault, isSaved: boolean, isAcknowledged: boolean) => void;
    },
  ): void {
    const socket = response.socket;
    if (fault === 'none' || fault === 'half-body') {
      post(fault, true, true);
      response.writeHead(200, { ...this.limitHeaders(at), 'content-type': 'application/json' });
      if (fault === 'none') response.end('{"id":"1"}');
      else {
        response.write('{"id":');
        setTimeout(() => socket?.destroy(), 5);
      }
      return;
    }
    const isSaved = fault === 'reset-after' || fault === 'half-head' || fault === 'silence';
    post(fault, isSaved, false);
    if (fault === 'silence') return;
    if (fault === 'half-head') socket?.end('HTTP/1.1 20');
    else if (fault === 'reset' || fault === 'reset-after') socket?.resetAndDestroy();
    else if (fault === 'error') response.writeHead(500).end('<html>oops</html>');
    else if (fault === 'unavailable') {
      const date = new Date(at).toUTCString();
      this.blockedUntil = Date.parse(date) + 2_000;
      response.sendDate = false;
      response.writeHead(503, { date, 'retry-after': new Date(this.blockedUntil).toUTCString() }).end();
      // By the dates, which are of whole seconds, the sender waits from when the answer comes.
      this.blockedUntil = at + 2_000;
    } else {
      this.blockedUntil = at + globalMs;
      this.refuse(response, at, globalMs, fault);
    }
  }

  /** HTTP 429. */
  private refuse(
    response: ServerResponse,
    at: number,
    waitMs: number,
    scope: 'user' | 'global' | 'shared' | 'cloudflare',
  ): void {
    const isGlobal = scope === 'global';
    const retryAfter = { 'retry-after': String(Math.ceil(waitMs / 1_000)) };
    if (scope === 'cloudflare') {
      response.writeHead(429, retryAfter).end('error code: 1015');
      return;
    }
    response.writeHead(429, {
      ...retryAfter,
      ...(isGlobal ? { 'x-ratelimit-global': 'true' } : this.limitHeaders(at)),
      'x-ratelimit-scope': scope,
      'content-type': 'application/json',
    });
    const message = 'You are being rate limited.';
    response.end(JSON.stringify({ message, retry_after: waitMs / 1_000, global: isGlobal }));
  }

  private limitHeaders(at: number): Record<string, string> {
    const { limit = 5 } = this.options;
    this.isAnnounced = true;
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - this.used)),
      'x-ratelimit-reset': String(this.windowEnd / 1_000),
      'x-ratelimit-reset-after': String((this.windowEnd - at) / 1_000),
      'x-ratelimit-bucket': 'abcd1234',
    };
  }
}

export const token = 'SECRETtoken-0123456789_abcdef';
