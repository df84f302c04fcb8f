import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Admin } from 'kafkajs';
import { eventually } from './clickhouse-daemon.js';
import { administer } from './kafka-admin.js';
import { freePorts, javaAndJars } from './secure-kafka.js';

interface Node {
  id: number;
  port: number;
  properties: string;
  process?: ChildProcess;
  log: string;
}

/** A real Kafka without a lab around it, for tests that kill it: broker 1 is the controller too, the others are brokers only. */
export class PlainKafka {
  readonly folder = mkdtempSync(join(tmpdir(), 'streamlab-plain-'));
  private nodes: Node[] = [];
  private java = '';
  private jvm: string[] = [];

  /** `host:port` of broker 1. */
  get address(): string {
    return `127.0.0.1:${String(this.node(1).port)}`;
  }

  async start(brokers = 1): Promise<this> {
    const [controller, ...ports] = (await freePorts(brokers + 1)) as [number, ...number[]];
    const { java, classPath } = await javaAndJars();
    this.java = java;
    this.jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath];
    const clusterId = `A${randomBytes(16).toString('base64url').slice(1)}`;
    this.nodes = ports.map((port, n) => {
      const properties = join(this.folder, `${String(n + 1)}.properties`);
      writeFileSync(properties, this.properties(n + 1, port, controller));
      return { id: n + 1, port, properties, log: '' };
    });
    const tool = [...this.jvm, 'kafka.tools.StorageTool', 'format', '-t', clusterId];
    await Promise.all(this.nodes.map(({ properties }) => execa(java, [...tool, '-c', properties])));
    await Promise.all(this.nodes.map(({ id }) => this.run(id)));
    return this;
  }

  /** Starts a broker, for the first time or again, and waits until it is part of the cluster. */
  async run(id: number): Promise<void> {
    const node = this.node(id);
    const child = spawn(this.java, [...this.jvm, 'kafka.Kafka', node.properties], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    node.process = child;
    const keep = (chunk: Buffer): void => {
      node.log = (node.log + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`Kafka ended: ${node.log}`);
      const found = this.administer((admin) => admin.describeCluster()).catch(() => undefined);
      return (await found)?.brokers.some(({ nodeId }) => nodeId === id) === true;
    }, 60_000);
  }

  /** Sends a signal; after SIGKILL resolves when the process is gone. */
  async signal(id: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const child = this.node(id).process;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    if (signal === 'SIGKILL') await gone;
  }

  administer<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    return administer(this.address, work, { retries: 0 });
  }

  async stop(): Promise<void> {
    for (const { id } of this.nodes) {
      await this.signal(id, 'SIGCONT');
      await this.signal(id, 'SIGKILL');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private node(id: number): Node {
    const node = this.nodes[id - 1];
    if (node === undefined) throw new Error(`no broker ${String(id)}`);
    return node;
  }

  private properties(id: number, port: number, controller: number): string {
    const own = `PLAINTEXT://127.0.0.1:${String(port)}`;
    const quorum = `CONTROLLER://127.0.0.1:${String(controller)}`;
    return Object.entries({
      'process.roles': id === 1 ? 'broker,controller' : 'broker',
      'node.id': String(id),
      'controller.quorum.voters': `1@127.0.0.1:${String(controller)}`,
      listeners: id === 1 ? `${own},${quorum}` : own,
      'advertised.listeners': own,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'PLAINTEXT',
      'log.dirs': join(this.folder, `data-${String(id)}`),
      'auto.create.topics.enable': 'false',
      'offsets.topic.replication.factor': '1',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      // A broker that was killed is not missed for long.
      'broker.session.timeout.ms': '3000',
      'broker.heartbeat.interval.ms': '500',
    })
      .map(([name, value]) => `${name}=${value}\n`)
      .join('');
  }
}
