import { setTimeout as delay } from 'node:timers/promises';
import { Connection, metadataV12, ProtocolError, TimeoutError, type MetadataResponse } from './client.js';
import type { KafkaConnection } from '../../domain/connections.js';
import { clientSecurity, hostOf } from './client-options.js';
import { produceApi, type ProduceAnswer } from './produce-api.js';

/** A connection to the leader of partitions. */
export interface Link {
  readonly connection: Connection;
  /** Nothing is sent before; milliseconds of `performance.now()`. */
  throttledUntil: number;
}

interface Placement {
  /** Broker id of each partition's leader, -1 for none. */
  leaders: readonly number[];
  brokers: ReadonlyMap<number, string>;
}

const clientId = 'streamlab-produce';
const CONNECT_TIMEOUT_MS = 5_000;
const METADATA_TIMEOUT_MS = 5_000;
/** The library's own timers are not to interfere: they know nothing of throttling. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * The brokers that lead the partitions of a topic. A connection that did not answer is never used again; connections to
 * other brokers are not touched by that, and a partition without a leader does not hide those of the others (the library's
 * own client fails altogether then). Retrying is the caller's.
 */
export class PartitionLeaders {
  private readonly links = new Map<string, Promise<Link>>();
  private placement: Placement | undefined;
  private asking: Promise<Placement> | undefined;
  private throttledUntil = 0;
  private control: { address: string; connection: Connection } | undefined;
  private known: readonly string[];
  private closed = false;

  constructor(
    private readonly kafka: KafkaConnection,
    private readonly topic: string,
    /** How long a request may go unanswered, milliseconds. */
    private readonly requestTimeoutMs: number,
    /** Of the transactions that the batches belong to. */
    private readonly transactionalId: string | null = null,
  ) {
    this.known = kafka.brokers;
  }

  /** How many partitions the topic has. */
  async partitions(): Promise<number> {
    return (await this.placed()).leaders.length;
  }

  /** The leader of a partition, once it takes requests: not while it throttles. Nothing was sent when this fails. */
  async ready(partition: number, signal: AbortSignal): Promise<Link> {
    for (;;) {
      const link = await this.leaderOf(partition);
      const waitMs = link.throttledUntil - performance.now();
      if (waitMs <= 0) return link;
      await delay(waitMs, undefined, { signal });
    }
  }

  private async leaderOf(partition: number): Promise<Link> {
    try {
      const { leaders, brokers } = await this.placed();
      const address = brokers.get(leaders[partition] ?? -1);
      if (address === undefined) throw new Error(`partition ${partition} has no leader`);
      return await this.link(address);
    } catch (error) {
      this.forgetLeaders();
      throw error;
    }
  }

  /** Leaders have changed, or may have. */
  forgetLeaders(): void {
    this.placement = undefined;
  }

  /**
   * Sends a batch; the answer may be an error code. When this fails, the batch may or may not be written, and other requests
   * on the connection fail the same way.
   */
  async produce(link: Link, partition: number, batch: Buffer): Promise<ProduceAnswer> {
    const overdue = new Deadline(link, this.requestTimeoutMs);
    try {
      const answer = await Promise.race([
        produceApi.async(link.connection, this.topic, partition, batch, this.transactionalId),
        overdue.passed,
      ]);
      if (answer.throttleMs > 0) {
        link.throttledUntil = performance.now() + answer.throttleMs;
        this.throttledUntil = Math.max(this.throttledUntil, link.throttledUntil);
      }
      return answer;
    } catch (error) {
      // At once, whatever still waits to be written; what else is on its way fails with it.
      link.connection.socket.destroy();
      throw error;
    } finally {
      overdue.clear();
    }
  }

  /** How long a broker will still be throttling, milliseconds; 0: none does. */
  get throttledMs(): number {
    return Math.max(0, this.throttledUntil - performance.now());
  }

  close(): void {
    this.closed = true;
    this.control?.connection.socket.destroy();
    for (const link of this.links.values()) {
      link.then(
        ({ connection }) => connection.socket.destroy(),
        () => undefined,
      );
    }
  }

  private async placed(): Promise<Placement> {
    if (this.placement !== undefined) return this.placement;
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined;
    });
    return (this.placement = await this.asking);
  }

  private async ask(): Promise<Placement> {
    let failure: unknown;
    const addresses = [this.control?.address, ...this.known, ...this.kafka.brokers];
    for (const address of new Set(addresses)) {
      if (address === undefined) continue;
      try {
        return this.read(await this.metadata(address));
      } catch (error) {
        if (error instanceof ProtocolError) throw error;
        failure = error;
        this.control?.connection.socket.destroy();
        this.control = undefined;
      }
    }
    throw failure;
  }

  /** Over a connection of its own: one that brings batches may be throttled, or wait for replicas. */
  private async metadata(address: string): Promise<MetadataResponse> {
    if (this.control?.address !== address || !this.control.connection.isConnected()) {
      this.control?.connection.socket.destroy();
      this.control = { address, connection: await this.connect(address, METADATA_TIMEOUT_MS) };
    }
    try {
      return await metadataV12.api.async(this.control.connection, [this.topic], false, false);
    } catch (error) {
      // An error of one partition comes with the whole answer.
      const { response } = error as { response?: MetadataResponse };
      if (response === undefined) throw error;
      return response;
    }
  }

  private read(response: MetadataResponse): Placement {
    const topic = response.topics[0];
    if (topic === undefined) throw new Error(`no metadata of ${this.topic}`);
    if (topic.errorCode !== 0) throw new ProtocolError(topic.errorCode);
    const leaders: number[] = [];
    for (const { partitionIndex, leaderId } of topic.partitions) leaders[partitionIndex] = leaderId;
    const brokers = new Map(
      response.brokers.map(
        ({ nodeId, host, port }) =>
          [nodeId, host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`] as const,
      ),
    );
    if (brokers.size > 0) this.known = [...brokers.values()];
    return { leaders, brokers };
  }

  private link(address: string): Promise<Link> {
    const known = this.links.get(address);
    if (known !== undefined) return known;
    const opened = this.connect(address, NEVER_MS).then((connection) => ({ connection, throttledUntil: 0 }));
    this.links.set(address, opened);
    const forget = (): void => {
      if (this.links.get(address) === opened) this.links.delete(address);
    };
    // One that was closed is opened anew when it is needed.
    opened.then(({ connection }) => connection.once('close', forget), forget);
    return opened;
  }

  private async connect(address: string, requestTimeout: number): Promise<Connection> {
    const { host, port } = hostOf(address);
    const connection = new Connection(clientId, {
      ...clientSecurity({ ...this.kafka, brokers: [address] }),
      connectTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout,
      maxInflights: 1_000,
    });
    // Whoever waits for an answer is told; without a listener the process would end.
    connection.on('error', () => undefined);
    await connection.connect(host, port);
    if (this.closed) {
      connection.socket.destroy();
      throw new Error('closed');
    }
    return connection;
  }
}

/** When the answer to a request is overdue. A broker that throttles reads nothing meanwhile: that time does not count. */
class Deadline {
  readonly passed: Promise<never>;
  private timer: NodeJS.Timeout | undefined;
  private readonly sentAt = performance.now();

  constructor(
    private readonly link: Link,
    private readonly timeoutMs: number,
  ) {
    this.passed = new Promise((_, reject) => {
      this.wait(timeoutMs, reject);
    });
  }

  clear(): void {
    clearTimeout(this.timer);
  }

  private wait(ms: number, reject: (error: Error) => void): void {
    this.timer = setTimeout(() => {
      const left = Math.max(this.sentAt, this.link.throttledUntil) + this.timeoutMs - performance.now();
      if (left > 0) this.wait(left, reject);
      else reject(new TimeoutError(`no answer within ${this.timeoutMs / 1_000} s`));
    }, ms);
  }
}
