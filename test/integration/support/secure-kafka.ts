import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { execa } from 'execa';
import kafkajs, { type Admin } from 'kafkajs';
import { homeFolders } from '../../../src/adapters/files/paths.js';
import { ensureArtifacts, readArtifactLock } from '../../../src/adapters/runtime/artifacts/artifacts.js';
import type { ArtifactService } from '../../../src/domain/artifacts.js';
import { findJava } from '../../../src/adapters/runtime/local/java.js';
import { makeCertificates, type Certificates } from './certificates.js';
import { takePort } from './cli.js';
import { eventually } from './clickhouse-daemon.js';
import { administer } from './kafka-admin.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/**
 * A real Kafka that asks for a login: SASL_SSL with SCRAM-SHA-512, mutual TLS, SASL_PLAINTEXT with PLAIN (for the
 * embedded ClickHouse, whose librdkafka has neither TLS nor SCRAM), with Kafka's own authorizer. Only the test itself
 * comes in without one, at `inner`.
 */
export class SecureKafka {
  readonly folder = mkdtempSync(join(tmpdir(), 'streamlab-secure-'));
  /** Quotes, a backslash and dollars: what goes wrong in SQL, JAAS and shells. */
  readonly scram = { user: 'lab', password: `p4$\{x} "w"o'rd\\n$$` };
  /** Logs in, and may do nothing. */
  readonly powerless = { user: 'powerless', password: 'powerless-secret' };
  readonly plain = { user: 'clickhouse', password: "ch'secret" };
  certificates!: Certificates;
  /** Addresses of the listeners. */
  saslSsl = '';
  mutualTls = '';
  saslPlain = '';
  inner = '';
  private process: ChildProcess | undefined;
  private log = '';

  async start(): Promise<this> {
    this.certificates = await makeCertificates(join(this.folder, 'certificates'));
    const ports = await freePorts(5);
    const [secure, mutual, plain, inner, controller] = ports as [number, number, number, number, number];
    this.saslSsl = `localhost:${String(secure)}`;
    this.mutualTls = `localhost:${String(mutual)}`;
    this.saslPlain = `127.0.0.1:${String(plain)}`;
    this.inner = `127.0.0.1:${String(inner)}`;
    const properties = join(this.folder, 'server.properties');
    writeFileSync(properties, this.properties({ secure, mutual, plain, inner, controller }));
    const { java, classPath } = await javaAndJars();
    const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath];
    const clusterId = `A${randomBytes(16).toString('base64url').slice(1)}`;
    const users = [this.scram, this.powerless].flatMap(({ user, password }) => [
      '--add-scram',
      `SCRAM-SHA-512=[name=${user},password=${password}]`,
    ]);
    await execa(java, [
      ...jvm,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      clusterId,
      '-c',
      properties,
      ...users,
    ]);
    const child = spawn(java, [...jvm, 'kafka.Kafka', properties], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = child;
    const keep = (chunk: Buffer): void => {
      this.log = (this.log + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`Kafka ended: ${this.log}`);
      return await this.administer((admin) => admin.listTopics()).then(
        () => true,
        () => false,
      );
    }, 60_000);
    await this.grant();
    return this;
  }

  /** As the superuser that the inner listener takes everybody for. */
  administer<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    return administer(this.inner, work);
  }

  async stop(): Promise<void> {
    const child = this.process;
    if (child?.exitCode === null) {
      const gone = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The list of docs/attach.md. */
  private async grant(): Promise<void> {
    const { ALL } = AclOperationTypes;
    const acls = [this.scram.user, this.plain.user].flatMap((user) =>
      (
        [
          [AclResourceTypes.TOPIC, 'events.'],
          [AclResourceTypes.GROUP, 'streamlab-'],
          [AclResourceTypes.TRANSACTIONAL_ID, 'streamlab-'],
        ] as const
      ).map(([resourceType, resourceName]) => ({
        resourceType,
        resourceName,
        resourcePatternType: ResourcePatternTypes.PREFIXED,
        principal: `User:${user}`,
        host: '*',
        operation: ALL,
        permissionType: AclPermissionTypes.ALLOW,
      })),
    );
    await this.administer((admin) => admin.createAcls({ acl: acls }));
  }

  private properties(ports: Record<'secure' | 'mutual' | 'plain' | 'inner' | 'controller', number>): string {
    const { ca, server } = this.certificates;
    const at = (name: string, host: string, port: number): string => `${name}://${host}:${String(port)}`;
    const listeners = (secureHost: string): string[] => [
      at('SECURE', secureHost, ports.secure),
      at('MUTUAL', secureHost, ports.mutual),
      at('PLAIN', '127.0.0.1', ports.plain),
      at('INNER', '127.0.0.1', ports.inner),
    ];
    const password = this.plain.password;
    return Object.entries({
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.voters': `1@127.0.0.1:${String(ports.controller)}`,
      listeners: [...listeners('127.0.0.1'), at('CONTROLLER', '127.0.0.1', ports.controller)].join(','),
      'advertised.listeners': listeners('localhost').join(','),
      'controller.listener.names': 'CONTROLLER',
      'inter.broker.listener.name': 'INNER',
      'listener.security.protocol.map':
        'SECURE:SASL_SSL,MUTUAL:SSL,PLAIN:SASL_PLAINTEXT,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'sasl.enabled.mechanisms': 'SCRAM-SHA-512,PLAIN',
      'listener.name.secure.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.secure.scram-sha-512.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'listener.name.plain.sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.plain.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_${this.plain.user}="${password}";`,
      'listener.name.mutual.ssl.client.auth': 'required',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': server.both,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': ca,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
      'log.dirs': join(this.folder, 'data'),
      'auto.create.topics.enable': 'false',
      'group.initial.rebalance.delay.ms': '0',
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '4',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'transaction.state.log.num.partitions': '4',
      'share.coordinator.state.topic.replication.factor': '1',
      'share.coordinator.state.topic.min.isr': '1',
    })
      .map(([name, value]) => `${name}=${value}\n`)
      .join('');
  }
}

export async function javaAndJars(
  services: readonly ArtifactService[] = ['kafka'],
): Promise<{ java: string; classPath: string }> {
  const { java } = await findJava(undefined);
  const jars = await ensureArtifacts({
    lock: await readArtifactLock(resolve('artifacts.lock.json')),
    services,
    cacheDir: homeFolders().cacheDir,
    mirror: process.env.STREAMLAB_ARTIFACT_MIRROR,
    offline: false,
    report: () => undefined,
    signal: new AbortController().signal,
  });
  return { java, classPath: [...new Set(services.flatMap((name) => jars.get(name) ?? []))].join(delimiter) };
}

/** No two are the same, and none is of those that the system hands out to connections before anything listens on it. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    const taken = await takePort(port).catch(() => undefined);
    if (taken === undefined) continue;
    await taken.close();
    ports.add(port);
  }
  return [...ports];
}
