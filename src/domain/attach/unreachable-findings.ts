import { variableOf, type Config, type ConfigKey } from '../config.js';
import type { ConnectFailure, ConnectFailureKind } from '../connect-failure.js';
import type { AttachSystem, Finding } from './findings.js';

interface SystemSettings {
  title: string;
  address: ConfigKey;
  ca: ConfigKey;
  cert: ConfigKey;
  user: ConfigKey;
  secret: string;
}

const settingsOf: Readonly<Record<AttachSystem, SystemSettings>> = {
  kafka: {
    title: 'Kafka',
    address: 'kafkaBrokers',
    ca: 'kafkaCa',
    cert: 'kafkaCert',
    user: 'kafkaUser',
    secret: 'STREAMLAB_KAFKA_PASSWORD',
  },
  flink: {
    title: 'Flink',
    address: 'flinkUrl',
    ca: 'flinkCa',
    cert: 'flinkCert',
    user: 'flinkUser',
    secret: 'STREAMLAB_FLINK_TOKEN or STREAMLAB_FLINK_PASSWORD',
  },
  'sql-gateway': {
    title: 'The SQL Gateway',
    address: 'sqlGatewayUrl',
    ca: 'flinkCa',
    cert: 'flinkCert',
    user: 'flinkUser',
    secret: 'STREAMLAB_FLINK_TOKEN or STREAMLAB_FLINK_PASSWORD',
  },
  clickhouse: {
    title: 'ClickHouse',
    address: 'clickhouseUrl',
    ca: 'clickhouseCa',
    cert: 'clickhouseCert',
    user: 'clickhouseUser',
    secret: 'STREAMLAB_CLICKHOUSE_PASSWORD',
  },
};

type Words = (
  settings: SystemSettings,
  config: Config,
  reason: string,
) => [what: string, setting: string, todo: string];

const wordsOf: Readonly<Record<ConnectFailureKind, Words>> = {
  'unknown-host': ({ address }, _, reason) => [
    `has an address that no name server knows: ${reason}.`,
    address,
    `Correct the host in ${address}, or join the network (VPN) that knows it.`,
  ],
  refused: ({ address }, _, reason) => [
    `is not there: ${reason}.`,
    address,
    `Check host and port in ${address}, and that the service runs.`,
  ],
  timeout: ({ address }) => [
    'did not answer in time.',
    address,
    `Check host and port in ${address}, and that no firewall is between.`,
  ],
  unreachable: ({ address }, _, reason) => [
    `is on a network that cannot be reached from here: ${reason}.`,
    address,
    `Check ${address}, and that this machine has a way there (VPN, routes).`,
  ],
  untrusted: ({ ca }, config, reason) => [
    config[ca] === undefined
      ? `shows a certificate that no authority known to this system signed: ${reason}.`
      : `shows a certificate that the authority in ${ca} did not sign: ${reason}.`,
    ca,
    `Let ${ca} name a PEM file with the authority that signed its certificate.`,
  ],
  'wrong-name': ({ address }, _, reason) => [
    `shows a certificate for another name: ${reason}`,
    address,
    `Use in ${address} a name that its certificate has.`,
  ],
  expired: ({ address }, _, reason) => [
    `shows a certificate that is not valid today: ${reason}.`,
    address,
    'Have the certificate renewed, and check the clock of this machine.',
  ],
  'client-certificate': ({ cert }, _, reason) => [
    `does not accept the client certificate, or misses one: ${reason}.`,
    cert,
    `Let ${cert} and ${cert.replace('Cert', 'Key')} name a certificate and a key that it accepts.`,
  ],
  'no-tls-there': ({ address }) => [
    'speaks no TLS on that port.',
    address === 'kafkaBrokers' ? 'kafkaBrokers, kafkaTls' : address,
    address === 'kafkaBrokers'
      ? 'Use the port of its TLS listener, or set kafkaTls: false and leave the certificates out.'
      : `Use http:// in ${address}, or the port of its TLS listener.`,
  ],
  closed: ({ address }, config) => [
    'closed the connection without an answer.',
    address === 'kafkaBrokers' ? 'kafkaBrokers, kafkaTls, kafkaSasl' : address,
    address === 'kafkaBrokers'
      ? `Probably that listener wants ${config.kafkaTls === true || config.kafkaCa !== undefined ? 'another login (kafkaSasl)' : 'TLS (kafkaTls, kafkaCa)'}: check what it asks for.`
      : `Check that the service listens there, and whether it wants https:// in ${address}.`,
  ],
  'login-refused': ({ user, secret }) => [
    'refused the login.',
    `${user}, ${secret}`,
    `Check ${user} (${variableOf(user)}) and the secret in ${secret}.`,
  ],
  'no-such-mechanism': (_, config) => [
    `does not take ${config.kafkaSasl === 'none' ? 'a login' : config.kafkaSasl} on that listener.`,
    'kafkaSasl, kafkaBrokers',
    'Set kafkaSasl to what the listener takes: none, plain, scram-sha-256 or scram-sha-512.',
  ],
  forbidden: ({ user }, _, reason) => [
    `refuses: ${reason}`,
    user,
    `Let an administrator grant it to ${user}; docs/attach.md lists what is needed.`,
  ],
  other: ({ address }, _, reason) => [
    `cannot be used: ${reason}.`,
    address,
    `Check what listens at ${address}.`,
  ],
};

/** What it means that a service could not be reached. */
export function unreachableFinding(system: AttachSystem, config: Config, failure: ConnectFailure): Finding {
  const settings = settingsOf[system];
  const address = config[settings.address] ?? '';
  const [what, setting, todo] = wordsOf[failure.kind](settings, config, failure.reason.replace(/\.$/, ''));
  return {
    system,
    level: 'fail',
    kind: failure.kind === 'forbidden' || failure.kind === 'login-refused' ? 'forbidden' : 'unreachable',
    what: `${settings.title} at ${String(address)} ${what}`,
    setting,
    todo,
  };
}
